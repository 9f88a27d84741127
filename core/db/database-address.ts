import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { ClientConfig } from 'pg';
import { SettingError } from '../errors.ts';

/** As libpq and its relatives understand them, so that an address that works with psql works here. */
const TLS_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'] as const;

export type TlsMode = (typeof TLS_MODES)[number];

export interface DatabaseAddress {
  /** The setting it was given in, for words to whoever set it. */
  variable: string;
  /** For `pg`; without a name of the application. */
  client: ClientConfig;
  /** Null where the address does not say. */
  tls: TlsMode | null;
  /** A host with its port, or the folder of a socket. */
  place: string;
  user: string;
  database: string;
  /** What `options` in the address sets search_path to: poolers may drop it without a word. */
  searchPath: string | null;
}

interface AddressParts {
  hosts: string[];
  port: number;
  user: string;
  password: string;
  database: string;
  parameters: URLSearchParams;
}

const DEFAULT_PORT = 5432;
const CONNECT_TIMEOUT_MS = 10_000;

/** What is wrong with an address by itself, in words that go after the name of its setting; null when nothing is. */
export function findAddressProblem(url: string): string | null {
  if (!/^postgres(ql)?:\/\//.test(url)) return 'must be an address like postgres://user:password@host:5432/database';
  const parts = readParts(url);
  if (!parts) return 'must be an address like postgres://user:password@host:5432/database';
  const { hosts, parameters } = parts;
  if (hosts.length > 1) {
    return `names several hosts (${hosts.join(', ')}), and Parley connects to one: give the host that takes writes, or a pooler or balancer that follows it`;
  }
  const mode = parameters.get('sslmode');
  if (mode !== null && !isTlsMode(mode)) {
    return 'has an unknown sslmode: it can be disable, prefer, require, verify-ca or verify-full';
  }
  if (parameters.get('sslrootcert') === 'system' && mode !== null && mode !== 'verify-full') {
    return 'has sslrootcert=system, which goes with sslmode=verify-full only';
  }
  if ((parameters.get('sslcert') === null) !== (parameters.get('sslkey') === null)) {
    return 'needs sslcert and sslkey together';
  }
  return null;
}

/**
 * Reads the address of a PostgreSQL server, with the certificates it names.
 * @throws SettingError in words
 */
export function readDatabaseAddress(url: string, variable = 'DATABASE_URL'): DatabaseAddress {
  const problem = findAddressProblem(url);
  const parts = readParts(url);
  if (problem || !parts) throw new SettingError(`${variable} ${problem}.`);
  const { hosts, port, user, password, database, parameters } = parts;
  const host = hosts[0] ?? 'localhost';
  const isSocket = host.startsWith('/');
  const tls = readTlsMode(parameters);
  const options = parameters.get('options');
  const timeoutSeconds = Number(parameters.get('connect_timeout'));
  return {
    variable,
    client: {
      host,
      port,
      user,
      ...(password === '' ? {} : { password }),
      database,
      ...(options === null ? {} : { options }),
      // Sockets of this machine have no TLS.
      ...(isSocket || tls === 'disable' ? { ssl: false } : {}),
      ...(isSocket || tls === null || tls === 'disable' ? {} : { ssl: toTlsOptions(host, tls, parameters, variable) }),
      connectionTimeoutMillis: timeoutSeconds > 0 ? timeoutSeconds * 1000 : CONNECT_TIMEOUT_MS,
      keepAlive: true,
    },
    tls: isSocket ? 'disable' : tls,
    place: isSocket ? `${host}/.s.PGSQL.${port}` : `${host}:${port}`,
    user,
    database,
    searchPath: /search_path\s*=\s*((?:\\.|\S)+)/.exec(options ?? '')?.[1]?.replaceAll('\\', '') ?? null,
  };
}

/** What no log may repeat of an address: also of those that `URL` cannot read, and where it is a parameter. */
export function secretsInAddress(url: string): string[] {
  const parts = readParts(url);
  return parts ? [parts.password, parts.parameters.get('sslpassword') ?? ''].filter((secret) => secret !== '') : [];
}

/** Several hosts make no address for `URL`, nor does none behind a user: both are taken out before it looks. */
function readParts(url: string): AddressParts | null {
  const [, scheme, userPart = '', authority = '', rest] =
    /^(postgres(?:ql)?:\/\/)([^@/?#]*@)?([^/?#]*)(.*)$/s.exec(url) ?? [];
  if (scheme === undefined) return null;
  try {
    const { username, password, pathname, searchParams } = new URL(`${scheme}${userPart}host${rest}`);
    const [port, hosts] = readHosts(searchParams.get('host') ?? authority, searchParams.get('port'));
    const user = searchParams.get('user') ?? decodeURIComponent(username);
    const named = searchParams.get('dbname') ?? decodeURIComponent(pathname.slice(1));
    return {
      hosts,
      port,
      user,
      password: searchParams.get('password') ?? decodeURIComponent(password),
      database: named || user,
      parameters: searchParams,
    };
  } catch {
    return null;
  }
}

function readHosts(text: string, givenPort: string | null): [port: number, hosts: string[]] {
  const places = text.split(',').map((place) => /^(\[[^\]]+\]|[^:]*)(?::(\d*))?$/.exec(decodeURIComponent(place)));
  if (places.includes(null)) throw new TypeError('not a host');
  const port = Number((givenPort ?? places[0]?.[2])?.split(',')[0] || DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new TypeError('not a port');
  return [port, places.map((place) => place?.[1]?.replace(/^\[|\]$/g, '') || 'localhost')];
}

function readTlsMode(parameters: URLSearchParams): TlsMode | null {
  const mode = parameters.get('sslmode');
  if (mode !== null && isTlsMode(mode)) {
    // As libpq has it: whoever names the authority wants the certificate checked against it.
    return mode === 'require' && parameters.has('sslrootcert') ? 'verify-ca' : mode;
  }
  if (parameters.has('sslrootcert')) return parameters.get('sslrootcert') === 'system' ? 'verify-full' : 'verify-ca';
  const ssl = parameters.get('ssl');
  if (ssl === 'true' || ssl === '1') return 'verify-full';
  if (ssl === 'no-verify') return 'no-verify';
  if (ssl === 'false' || ssl === '0') return 'disable';
  return parameters.has('sslcert') ? 'require' : null;
}

function toTlsOptions(host: string, mode: TlsMode, parameters: URLSearchParams, variable: string): ConnectionOptions {
  const read = (name: 'sslcert' | 'sslkey' | 'sslrootcert') => {
    const file = parameters.get(name);
    return file === null || file === 'system' ? undefined : readPem(file, `${name} in ${variable}`);
  };
  const [cert, key, ca] = [read('sslcert'), read('sslkey'), read('sslrootcert')];
  const passphrase = parameters.get('sslpassword') ?? undefined;
  return {
    rejectUnauthorized: mode === 'verify-ca' || mode === 'verify-full',
    // Without it Node checks the certificate of a numeric address against `localhost`.
    ...(isIP(host) ? { host } : {}),
    ...(cert ? { cert, key } : {}),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(ca ? { ca } : {}),
    ...(mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  };
}

function readPem(file: string, where: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : 'cannot be read';
    throw new SettingError(`The file ${file} ${reason}. It is named by ${where}.`, { cause });
  }
}

function isTlsMode(text: string): text is TlsMode {
  return (TLS_MODES as readonly string[]).includes(text);
}
