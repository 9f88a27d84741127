import type { DatabaseAddress } from './database-address.ts';

export interface DatabaseTrouble {
  /** For the operator: what was said by the server, by TLS or by the network, and what would be right. */
  words: string;
  /** Trying again changes nothing until somebody has changed a setting or the server. */
  isFinal: boolean;
}

type About = Pick<DatabaseAddress, 'variable' | 'place' | 'user' | 'database' | 'tls'>;

interface Explanation {
  matches: RegExp;
  explain(about: About, message: string): string;
  isPassing?: true;
}

/** By code: SQLSTATEs of the server, and what Node says of names, networks and certificates. */
const BY_CODE: Explanation[] = [
  {
    matches: /^28P01$/,
    explain: ({ variable }) => `The server refused the user or password in ${variable}.`,
  },
  {
    matches: /^3D000$/,
    explain: ({ variable }) => `Create the database, or correct its name in ${variable}.`,
  },
  {
    matches: /^3F000$/,
    explain: ({ variable, user }) =>
      `The search_path of the role ${user} in ${variable} names no schema that exists: create the schema, or set another search_path.`,
  },
  {
    matches: /^42501$/,
    explain: ({ variable, user, database }) =>
      `The role ${user} in ${variable} lacks a right. Parley makes its tables in one schema: grant connect on database ${database}, and usage and create on its schema, to that role.`,
  },
  {
    matches: /^(53300|53400)$/,
    isPassing: true,
    explain: ({ variable }) =>
      `The server named in ${variable} gives no more connections. Raise its max_connections, put a pooler before it, or lower DATABASE_POOL_SIZE.`,
  },
  {
    matches: /^(57P03|57P0[125])$/,
    isPassing: true,
    explain: ({ variable }) => `The server named in ${variable} is starting or stopping.`,
  },
  {
    matches: /^ENOENT$/,
    isPassing: true,
    explain: ({ variable, place }) =>
      `No server listens at the socket ${place}. Check the folder and the port in ${variable}, and whether PostgreSQL runs.`,
  },
  {
    matches: /^EACCES$/,
    explain: ({ variable, place }) => `The socket ${place} named in ${variable} may not be used by this user.`,
  },
  {
    matches: /^(ENOTFOUND|EAI_AGAIN)$/,
    isPassing: true,
    explain: ({ variable, place }) => `The host of ${place} was not found. Check its name in ${variable}.`,
  },
  {
    matches: /^ECONNREFUSED$/,
    isPassing: true,
    explain: ({ variable, place }) =>
      `Nothing listens at ${place}. Check host and port in ${variable}, and whether PostgreSQL runs.`,
  },
  {
    matches: /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET|EPIPE)$/,
    isPassing: true,
    explain: ({ variable, place }) =>
      `${place} cannot be reached. Check host and port in ${variable}, the network and its firewalls.`,
  },
  {
    matches: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    explain: ({ variable }) =>
      `The certificate is for another host name. Use the name it was made for in ${variable}, or sslmode=verify-ca, which does not compare names.`,
  },
  {
    matches:
      /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE)$/,
    explain: ({ variable }) =>
      `The certificate is not signed by an authority known here. Name the authority's file in ${variable} with sslrootcert=/path/to/ca.pem, or use sslmode=require, which encrypts without checking who the server is.`,
  },
  {
    matches: /^CERT_(HAS_EXPIRED|NOT_YET_VALID|REVOKED|REJECTED)$/,
    explain: () => 'The certificate of the server is not valid now: renew it, and check the clocks of both machines.',
  },
  {
    matches: /^(ERR_SSL_|ERR_OSSL_|EPROTO)/,
    explain: ({ variable }) =>
      `No encrypted connection came about. Check sslmode, sslrootcert, sslcert and sslkey in ${variable}: the server may want a certificate of yours, or not speak TLS at this port.`,
  },
];

/** By text, where the code is none or stands for much: PgBouncer gives nearly everything it says the same one. */
const BY_TEXT: Explanation[] = [
  {
    matches: /does not support SSL/i,
    explain: ({ variable, tls }) =>
      `The server has no TLS, and ${variable} asks for it (sslmode=${tls}). Turn TLS on there, or use sslmode=disable inside a network you trust.`,
  },
  {
    matches: /no encryption|SSL off|SSL (is )?required|TLS required/i,
    explain: ({ variable }) =>
      `If the server wants TLS, add ?sslmode=require to ${variable}, or ?sslmode=verify-full&sslrootcert=… to check its certificate, too; else let its pg_hba.conf accept this user from this machine.`,
  },
  {
    matches: /requires a valid client certificate|certificate authentication failed/i,
    explain: ({ variable }) => `The server wants a certificate of yours: add sslcert and sslkey to ${variable}.`,
  },
  {
    matches: /no pg_hba\.conf entry/i,
    explain: () => 'Let the server accept this user from this machine, in its pg_hba.conf.',
  },
  {
    matches: /password must be a (non-empty )?string/i,
    explain: ({ variable, place }) => `The server at ${place} wants a password, and ${variable} has none.`,
  },
  {
    matches: /auth failed|authentication failed|no such user|is not permitted to log in|role ".*" does not exist/i,
    explain: ({ variable }) => `The server refused the user or password in ${variable}.`,
  },
  {
    matches: /no such database|database ".*" does not exist/i,
    explain: ({ variable }) => `Create the database there, or correct its name in ${variable}.`,
  },
  {
    matches: /not currently accepting connections/i,
    explain: ({ variable, database }) =>
      `Open it (alter database ${database} allow_connections true), or name another one in ${variable}.`,
  },
  {
    matches: /unsupported startup parameter/i,
    explain: ({ variable }) =>
      `A pooler refuses what ${variable} asks for at the start of a connection. Take options (or what it names) out of ${variable}; a search_path is set with: alter role … in database … set search_path = ….`,
  },
  {
    matches: /statement pooling mode/i,
    explain: ({ variable }) =>
      `The pooler named in ${variable} is in statement mode, which has no transactions, and Parley needs them. Set pool_mode = transaction there, or name the server itself.`,
  },
  {
    matches: /no more connections allowed|too many (clients|connections)|max_client_conn/i,
    isPassing: true,
    explain: ({ variable }) =>
      `The server named in ${variable} gives no more connections. Raise its limit, or lower DATABASE_POOL_SIZE.`,
  },
  {
    matches: /cannot connect to server|server login|query_wait_timeout|pooler is shut|client_login_timeout/i,
    isPassing: true,
    explain: ({ variable }) => `The pooler named in ${variable} cannot reach its server.`,
  },
  {
    matches: /timeout|terminated/i,
    isPassing: true,
    explain: ({ variable, place }) =>
      `${place} did not answer as PostgreSQL does. Check host and port in ${variable}, and whether PostgreSQL runs.`,
  },
];

/** What went wrong with a connection, or with making the tables over it; `null` when it is none of what is known. */
export function explainDatabaseError(error: unknown, about: About): DatabaseTrouble | null {
  const { code, message } = readError(error);
  // The texts first: under a code that stands for much they say more.
  const found =
    BY_TEXT.find(({ matches }) => !/timeout/.test(String(matches)) && matches.test(message)) ??
    BY_CODE.find(({ matches }) => matches.test(code)) ??
    BY_TEXT.find(({ matches }) => matches.test(message));
  if (!found) return null;
  const said = message === '' ? code : message.trim().replace(/\.$/, '');
  return {
    words: `The database cannot be used: ${said}. ${found.explain(about, message)}`,
    isFinal: found.isPassing !== true,
  };
}

/** Whether a connection was refused because all that the server or the pooler gives are taken. */
export function isOutOfConnections(error: unknown): boolean {
  const { code, message } = readError(error);
  return code === '53300' || /no more connections allowed|too many (clients|connections)/i.test(message);
}

/** For a name with several addresses Node collects the errors, and says nothing itself. */
function readError(error: unknown): { code: string; message: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return readError(error.errors[0]);
  if (!(error instanceof Error)) return { code: '', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // knex puts the statement before what the server said.
  return { code, message: 'severity' in error ? (error.message.split(' - ').at(-1) ?? '') : error.message };
}
