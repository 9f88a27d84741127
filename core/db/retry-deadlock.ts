import type { Knex } from 'knex';

const DEADLOCK = '40P01';
const MOST_TRIES = 5;

/** Runs a transaction, again from its beginning when PostgreSQL ended it because two waited for one another. */
export async function retryDeadlock<Result>(db: Knex, work: (trx: Knex.Transaction) => Promise<Result>) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await db.transaction(work);
    } catch (error) {
      if ((error as { code?: string }).code !== DEADLOCK || tries === MOST_TRIES) throw error;
    }
  }
}
