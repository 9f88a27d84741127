import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';

const READ_ONLY = '25006';
const DISK_FULL = '53100';
/** A full disk is believed for so long after a statement met it, and looked for as often. */
const DISK_BELIEVED_MS = 10_000;

export type DatabaseHealth = ReturnType<typeof createDatabaseHealth>;

/** Whether the database still takes what Parley has to write down. */
export function createDatabaseHealth({ db, clock }: { db: () => Knex; clock: Clock }) {
  let fullAt = Number.NEGATIVE_INFINITY;
  let roomAt = Number.NEGATIVE_INFINITY;

  /** Asked to write, a database that may only be read says so; nothing has this name. */
  async function write(): Promise<void> {
    await db()('leases').where({ name: '' }).delete();
  }

  /** Sorts more than it may hold in memory, which goes to the server's disk and away again. */
  async function useDisk(): Promise<void> {
    await db().transaction(async (trx) => {
      await trx.raw(`set local work_mem = '64kB'`);
      await trx.raw(
        `select count(*) from (select repeat(md5(n::text), 32) from generate_series(1, 1000) n order by 1 offset 0) words`,
      );
    });
  }

  return {
    /** Told by the pool of each statement that failed. */
    noteFailure(code: string): void {
      if (code === DISK_FULL) fullAt = clock.now().getTime();
    },

    /** @throws AppError `database_unavailable` in words that may be shown to everybody, or what the driver throws */
    async check(): Promise<void> {
      // The pool drops a connection that may only read, and those as old as it: the second has the server's word for it.
      await write()
        .catch((error) => (codeOf(error) === READ_ONLY ? write() : Promise.reject(error)))
        .catch(async (error) => Promise.reject(codeOf(error) === READ_ONLY ? await whyReadOnly() : error));
      const now = clock.now().getTime();
      if (now - fullAt < DISK_BELIEVED_MS) throw diskIsFull();
      if (now - roomAt < DISK_BELIEVED_MS) return;
      await useDisk().catch((error) => {
        if (codeOf(error) !== DISK_FULL) return;
        fullAt = now;
        throw diskIsFull();
      });
      roomAt = now;
    },
  };

  async function whyReadOnly(): Promise<AppError> {
    const { rows } = await db().raw('select pg_is_in_recovery() as is_standby');
    return new AppError(
      'database_unavailable',
      rows[0].is_standby
        ? 'The database is a standby now, which can only be read.'
        : 'The database is read-only: nothing can be stored.',
    );
  }
}

function diskIsFull(): AppError {
  return new AppError('database_unavailable', 'The database has no space left: nothing can be stored.');
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
