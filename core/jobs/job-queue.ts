import type { Knex } from 'knex';
import type { Client, QueryResult } from 'pg';
import { type ConstructorOptions, PgBoss } from 'pg-boss';

/** The least that the package takes; whoever works on a job says so twice as often. */
const HEARTBEAT_SECONDS = 10;
/** How often a job whose process died is looked for. */
const LOOK_SECONDS = 5;

/** For as long as its process lives, a job may take this long. */
const LONGEST_SECONDS = 12 * 3600;

export const QUEUE_OPTIONS = {
  expireInSeconds: LONGEST_SECONDS,
  heartbeatSeconds: HEARTBEAT_SECONDS,
  // Of a job that failed or whose process died: at once, then with growing pauses.
  retryLimit: 8,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 300,
} as const;

/**
 * Opens the queue of the jobs, with its tables beside Parley's own: in the schema where unqualified names go. It has no
 * connections of its own, so that the size of the pool stays the number of connections.
 */
export async function openJobQueue(
  db: Knex,
  { isWorking, onTrouble }: { isWorking: boolean; onTrouble(error: unknown): void },
): Promise<PgBoss> {
  const { rows } = await db.raw('select current_schema() as schema');
  const boss = new PgBoss({
    db: toDatabase(db),
    schema: toName(rows[0].schema),
    createSchema: false,
    schedule: isWorking,
    supervise: isWorking,
    cronMonitorIntervalSeconds: 15,
    cronWorkerIntervalSeconds: 2,
    superviseIntervalSeconds: LOOK_SECONDS,
    monitorIntervalSeconds: LOOK_SECONDS,
    // Its tables hold a few hundred rows: nobody has to be warned of what vacuum does there.
    monitorVacuum: false,
  });
  boss.on('error', onTrouble);
  try {
    await boss.start();
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => {});
    throw error;
  }
  return boss;
}

/** Plain names go without quotation marks, as the package wants them. */
function toName(schema: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(schema) ? schema : `"${schema}"`;
}

/**
 * The pool, as the package wants it. It sends whole transactions as one text: one that fails half-way is rolled back
 * here, or whoever gets the connection next would find it in a transaction that was given up.
 */
function toDatabase(db: Knex): NonNullable<ConstructorOptions['db']> {
  return {
    async executeSql(text, values) {
      const connection: Client = await db.client.acquireConnection();
      try {
        const result: QueryResult | QueryResult[] = await connection.query(text, values);
        return { rows: Array.isArray(result) ? result.flatMap(({ rows }) => rows) : result.rows };
      } catch (error) {
        await connection.query('rollback').catch(() => {});
        throw error;
      } finally {
        await db.client.releaseConnection(connection);
      }
    },
  };
}
