import pg from 'pg';
import type { DatabaseAddress } from './database-address.ts';

/** How a pooler lends connections of the server: for a connection's life, or anew for each transaction. */
export type PoolerMode = 'session' | 'transaction';

export interface ServerFacts {
  /** As the server says it: `17.2`. */
  version: string;
  /** Null without a pooler. */
  pooler: PoolerMode | null;
  isStandby: boolean;
  isReadOnly: boolean;
  searchPath: string;
  /** Where unqualified tables are made; null when search_path names no schema that exists. */
  schema: string | null;
}

/** Twice the same client and twice the other: lending in turn shows as well as lending the last one again. */
const ORDER = [0, 0, 1, 1, 0, 1] as const;

/** Looks at the server behind an address, over two connections of its own. */
export async function readServerFacts(address: DatabaseAddress): Promise<ServerFacts> {
  const clients = [createClient(address), createClient(address)] as const;
  try {
    await clients[0].connect();
    // Poolers in statement mode refuse a transaction that is open between two statements, with words of their own.
    await clients[0].query('begin');
    await clients[0].query('commit');
    const facts = await readFacts(clients[0]);
    if (facts.pid === processIdOf(clients[0])) return { ...facts.server, pooler: null };
    await clients[1].connect();
    return { ...facts.server, pooler: await findMode(clients) };
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
  }
}

/** A connection for something other than the pool; whoever makes it connects and ends it. */
export function createClient({ client }: DatabaseAddress, name = 'parley'): pg.Client {
  const created = new pg.Client({ ...client, application_name: name });
  // Without a listener a lost connection would end the process; whoever waits for a query hears of it there.
  created.on('error', () => {});
  return created;
}

async function readFacts(client: pg.Client): Promise<{ pid: number; server: Omit<ServerFacts, 'pooler'> }> {
  const { rows } = await client.query(
    `select pg_backend_pid() as pid, split_part(version(), ' ', 2) as version,
       pg_is_in_recovery() as is_standby, current_setting('transaction_read_only') as read_only,
       current_setting('search_path') as search_path, current_schema() as schema`,
  );
  const [row] = rows;
  return {
    pid: row.pid,
    server: {
      version: row.version,
      isStandby: row.is_standby,
      isReadOnly: row.read_only === 'on',
      searchPath: row.search_path,
      schema: row.schema,
    },
  };
}

/** What the client was told at its start. A pooler tells a number of its own there. */
function processIdOf(client: pg.Client): number | null {
  const told: unknown = Reflect.get(client, 'processID');
  return typeof told === 'number' ? told : null;
}

/**
 * In session mode each client keeps one connection of the server; any other picture means that they are lent by the
 * transaction.
 */
async function findMode(clients: readonly [pg.Client, pg.Client]): Promise<PoolerMode> {
  const seen = [new Set<number>(), new Set<number>()] as const;
  for (const which of ORDER) {
    const { rows } = await clients[which].query('select pg_backend_pid() as pid');
    seen[which].add(rows[0].pid);
  }
  const isKept = seen.every((pids) => pids.size === 1) && ![...seen[0]].some((pid) => seen[1].has(pid));
  return isKept ? 'session' : 'transaction';
}
