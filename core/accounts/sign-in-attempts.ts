import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';

const MINUTE_MS = 60_000;

/** Attempts within a window that begins with the first. */
interface Allowance {
  key: string;
  most: number;
  windowMs: number;
}

/** Counts before it is known whether the attempt succeeds, so that many at once are counted like one after another. */
const COUNT = `
insert into sign_in_attempts (key, used, ends_at) values (:key, 1, :endsAt)
on conflict (key) do update set
  used = case when sign_in_attempts.ends_at <= :now then 1 else sign_in_attempts.used + 1 end,
  ends_at = case when sign_in_attempts.ends_at <= :now then excluded.ends_at else sign_in_attempts.ends_at end
returning used, ends_at`;

/** Each attempt clears away a few old counters, which keeps the table small without a job. */
const CLEAR = `
delete from sign_in_attempts where key in (
  select key from sign_in_attempts where ends_at < ? order by ends_at limit 3 for update skip locked
)`;

/** Slows down whoever guesses passwords or registers in bulk; counted in the database, for all processes together. */
export function createSignInAttempts({ db, clock }: { db: Knex; clock: Clock }) {
  async function count({ key, most, windowMs }: Allowance): Promise<void> {
    const now = clock.now();
    const { rows } = await db.raw(COUNT, { key, now, endsAt: new Date(now.getTime() + windowMs) });
    const [{ used, ends_at: endsAt }] = rows;
    if (used === 1) await db.raw(CLEAR, [now]);
    if (used <= most) return;
    const minutes = Math.max(1, Math.ceil((endsAt.getTime() - now.getTime()) / MINUTE_MS));
    throw new AppError(
      'rate_limited',
      `Too many attempts. Please wait ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`,
      { retryAfterSeconds: minutes * 60 },
    );
  }

  return {
    /**
     * @param nameKey the account tried, whether or not it exists
     * @throws AppError `rate_limited`
     */
    async countLogin(nameKey: string, network: string): Promise<void> {
      await count({ key: networkKey(network), most: 60, windowMs: 15 * MINUTE_MS });
      await count({ key: pairKey(nameKey, network), most: 10, windowMs: 15 * MINUTE_MS });
      // Higher than for one network: otherwise anybody could lock anybody out.
      await count({ key: accountKey(nameKey), most: 100, windowMs: 60 * MINUTE_MS });
    },

    /**
     * Who knows the password need not remember how often they mistyped it, and was no guess: otherwise a class of
     * pupils behind one address, or a program that logs in often, would be slowed down.
     */
    async forgetLogin(nameKey: string, network: string): Promise<void> {
      await db('sign_in_attempts')
        .where({ key: pairKey(nameKey, network) })
        .delete();
      await db('sign_in_attempts')
        .whereIn('key', [networkKey(network), accountKey(nameKey)])
        .where('used', '>', 0)
        .decrement('used');
    },

    /** @throws AppError `rate_limited` */
    countRegistration: (network: string) => count({ key: `register:${network}`, most: 100, windowMs: 60 * MINUTE_MS }),
  };
}

function networkKey(network: string): string {
  return `network:${network}`;
}

function accountKey(nameKey: string): string {
  return `account:${nameKey}`;
}

function pairKey(nameKey: string, network: string): string {
  return `login:${network}:${nameKey}`;
}
