import type { Knex } from 'knex';

/** Two numbers' worth of namespace: the first says what kind of thing is locked. */
export const LOCKS = { source: 7_275_392 } as const;

/**
 * Runs `work` while no other process runs it under the same name; null when one does.
 * The lock lives on a connection of its own, so that the database frees it when its holder dies.
 */
export async function withAdvisoryLock<Result>(
  db: Knex,
  lock: { kind: number; name: string },
  work: () => Promise<Result>,
): Promise<Result | null> {
  const connection = await db.client.acquireConnection();
  const ask = async (call: string): Promise<boolean> => {
    const { rows } = await db
      .raw(`select ${call}(?, hashtext(?)) as done`, [lock.kind, lock.name])
      .connection(connection);
    return rows[0].done;
  };
  try {
    if (!(await ask('pg_try_advisory_lock'))) return null;
    try {
      return await work();
    } finally {
      // A connection that broke meanwhile has lost its lock already.
      await ask('pg_advisory_unlock').catch(() => false);
    }
  } finally {
    await db.client.releaseConnection(connection);
  }
}
