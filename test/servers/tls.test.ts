import { readFileSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../support/certificate-authority.ts';
import { installed, nameMissing, type RunningServer, startDebianPostgres, toUrl } from '../support/debian-servers.ts';
import { createTemporaryFolder, spawnParley, startParleyProcess } from '../support/parley-process.ts';

const SECRETS = {
  JWT_SECRET: 'a secret of at least thirty-two characters',
  ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
};

describe.skipIf(installed.postgres === null)(`PostgreSQL with TLS${nameMissing('postgres')}`, () => {
  let authority: ReturnType<typeof createAuthority>;
  let withTls: RunningServer;
  let plain: RunningServer;
  let client: { cert: string; key: string };

  beforeAll(async () => {
    authority = createAuthority();
    await chmod(authority.folder, 0o755);
    const server = authority.issue('server', { subject: 'localhost', names: 'DNS:localhost' });
    client = authority.issue('client', { subject: 'parley' });
    withTls = await startDebianPostgres({
      settings: { ssl: 'on', ssl_cert_file: 'server.pem', ssl_key_file: 'server.key', ssl_ca_file: 'ca.pem' },
      files: {
        'server.pem': server.certText,
        'server.key': server.keyText,
        'ca.pem': readFileSync(authority.ca, 'utf8'),
      },
      hba: [
        'local all all scram-sha-256',
        'hostssl certain all all scram-sha-256 clientcert=verify-full',
        'hostssl all all all scram-sha-256',
      ],
    });
    plain = await startDebianPostgres();
  });
  afterAll(async () => {
    await withTls?.[Symbol.asyncDispose]();
    await plain?.[Symbol.asyncDispose]();
    await rm(authority.folder, { recursive: true, force: true });
  });

  const local = (server: RunningServer) => ({ ...server, host: 'localhost' });

  it.each([
    ['require', () => toUrl(withTls, '?sslmode=require')],
    ['prefer', () => toUrl(withTls, '?sslmode=prefer')],
    ['prefer, where there is no TLS', () => toUrl(plain, '?sslmode=prefer')],
    ['disable, where there is no TLS', () => toUrl(plain, '?sslmode=disable')],
    [
      'verify-ca with the file of the authority, by another name',
      () => toUrl(withTls, `?sslmode=verify-ca&sslrootcert=${authority.ca}`),
    ],
    [
      'verify-full with the file of the authority',
      () => toUrl(local(withTls), `?sslmode=verify-full&sslrootcert=${authority.ca}`),
    ],
    [
      'a certificate of its own',
      () =>
        toUrl(
          local(withTls),
          `?sslmode=verify-full&sslrootcert=${authority.ca}&sslcert=${client.cert}&sslkey=${client.key}`,
        ),
    ],
  ])('is used with sslmode=%s', async (_name, url) => {
    await using folder = await createTemporaryFolder();
    await using parley = await startParleyProcess({
      dataDir: folder.folder,
      env: { DATABASE_URL: url(), OWN_DOCUMENTS: 'off', ...SECRETS },
    });

    expect(parley.output()).toContain('Database: your PostgreSQL');
  });

  const unknown = /self-signed certificate in certificate chain[\s\S]*sslrootcert/;
  it.each([
    ['an authority nobody knows', () => toUrl(local(withTls), '?sslmode=verify-full'), unknown],
    ['an authority nobody knows, without the name', () => toUrl(local(withTls), '?sslmode=verify-ca'), unknown],
    [
      'another host name',
      () => toUrl(withTls, `?sslmode=verify-full&sslrootcert=${authority.ca}`),
      /The certificate is for another host name/,
    ],
    ['a server without TLS', () => toUrl(plain, '?sslmode=require'), /does not support SSL[\s\S]*sslmode=disable/],
    ['a server that wants TLS', () => toUrl(withTls), /no encryption[\s\S]*sslmode=require/],
    [
      'a server that wants a certificate',
      () => toUrl(withTls, '?sslmode=require').replace('/parley?', '/certain?'),
      /valid client certificate[\s\S]*add sslcert and sslkey to DATABASE_URL/,
    ],
    [
      'a missing file',
      () => toUrl(withTls, '?sslmode=verify-full&sslrootcert=/nowhere/ca.pem'),
      /The file \/nowhere\/ca\.pem does not exist\. It is named by sslrootcert in DATABASE_URL/,
    ],
    [
      'a file that is no certificate',
      () => toUrl(withTls, `?sslmode=require&sslcert=${authority.folder}/ca.srl&sslkey=${client.key}`),
      /Check sslmode, sslrootcert, sslcert and sslkey/,
    ],
    ['an unknown sslmode', () => toUrl(withTls, '?sslmode=always'), /DATABASE_URL has an unknown sslmode/],
    [
      'a missing database',
      () => toUrl(plain).replace(/\/parley$/, '/nothing'),
      /database "nothing" does not exist[\s\S]*Create the database/,
    ],
    [
      'an unknown role',
      () => toUrl(plain).replace('//parley', '//nobody'),
      /password authentication failed for user "nobody"[\s\S]*refused the user or password/,
    ],
    ['a missing folder of a socket', () => 'postgres://parley:x@/parley?host=/nowhere/run', /no folder \/nowhere\/run/],
    [
      'a missing socket',
      () => `postgres://parley:x@/parley?host=${plain.folder}&port=1`,
      /No server listens at the socket/,
    ],
    [
      'several hosts',
      () => 'postgres://parley:x@one:5432,two:5433/parley?target_session_attrs=read-write',
      /DATABASE_URL names several hosts \(one, two\)/,
    ],
  ])('says at once what is wrong with %s', async (_name, url, words) => {
    await using folder = await createTemporaryFolder();
    const startedAt = performance.now();
    await using parley = spawnParley({ dataDir: folder.folder, env: { DATABASE_URL: url(), ...SECRETS } });

    const code = await parley.exited;

    expect(parley.output()).toMatch(words);
    expect(parley.output()).not.toMatch(/\n\s+at |correct-horse/);
    expect(performance.now() - startedAt).toBeLessThan(12_000);
    expect([1, 78]).toContain(code);
  });
});
