import type { Knex } from 'knex';
import { prepared } from '../db/database.ts';
import type { Clock } from '../ports/clock.ts';

const GONE = 'parley_user_gone';
/** That somebody is gone arrives by signal; this is for a signal missed while the line to the database was down. */
const CACHE_MS = 60_000;
const MOST_CACHED = 5000;

export interface KnownUsersOptions {
  db: Knex;
  clock: Clock;
  /** Tells what other processes send on a channel of the database, and when something of it may have been missed. */
  subscribe(channel: string, handler: (payload: string) => void, onGap?: () => void): void;
}

/**
 * Who there still is. A visitor's token is stored nowhere, so nothing ends it: it is refused because the person is
 * gone, erased or merged into somebody. Asked with every request of a visitor, so mostly answered from memory.
 */
export function createKnownUsers({ db, clock, subscribe }: KnownUsersOptions) {
  /** Of each person looked up lately, until when it may be believed that there is such a person. */
  const cache = new Map<string, number>();
  /** Raised by every end, so that what was read before one is not kept after it. */
  let ends = 0;
  subscribe(
    GONE,
    (userId) => {
      ends += 1;
      cache.delete(userId);
    },
    () => {
      ends += 1;
      cache.clear();
    },
  );

  return async function isUserKnown(userId: string): Promise<boolean> {
    const now = clock.now().getTime();
    if ((cache.get(userId) ?? 0) > now) return true;
    const endsBefore = ends;
    const { rows } = await db.raw('select from users where id = ?', [userId]).options(prepared('known_user'));
    const isKnown = rows.length > 0;
    if (cache.size >= MOST_CACHED) cache.clear();
    if (isKnown && ends === endsBefore) cache.set(userId, now + CACHE_MS);
    return isKnown;
  };
}

/** Removes a person and tells every process, once the transaction is committed. */
export async function removeUser(trx: Knex, userId: string): Promise<void> {
  await trx('users').where({ id: userId }).delete();
  await trx.raw('select pg_notify(?, ?)', [GONE, userId]);
}
