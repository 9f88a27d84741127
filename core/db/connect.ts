import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { Logger } from '../ports/logger.ts';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;
/** Answers that trying again cannot change: wrong password or role, no such database, no permission. */
const FINAL = new Set(['28P01', '28000', '3D000', '42501']);

/**
 * Waits until the database answers, with growing pauses.
 * @throws AppError `database_unavailable` with words for the operator when it does not within `waitMs`
 */
export async function waitForDatabase(db: Knex, options: { waitMs: number; logger: Logger }): Promise<void> {
  const deadline = Date.now() + options.waitMs;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      await db.raw('select 1');
      return;
    } catch (cause) {
      const code = (cause as { code?: string }).code ?? '';
      if (FINAL.has(code) || Date.now() + waitMs > deadline) {
        throw new AppError('database_unavailable', whatIsWrong(code, options.waitMs), { cause });
      }
      options.logger.warn({ code, retryInMs: waitMs }, 'the database does not answer yet; trying again');
      await sleep(waitMs);
    }
  }
}

function whatIsWrong(code: string, waitMs: number): string {
  switch (code) {
    case '28P01':
    case '28000':
      return 'The database refused the user or password in DATABASE_URL.';
    case '3D000':
      return 'The database named in DATABASE_URL does not exist. Create it, or correct the name.';
    case '42501':
      return 'The user in DATABASE_URL may not use this database.';
    case 'ENOTFOUND':
      return 'The host in DATABASE_URL was not found. Check its name.';
    default:
      return `The database in DATABASE_URL did not answer within ${Math.round(waitMs / 1000)} seconds. Is it running and reachable?`;
  }
}
