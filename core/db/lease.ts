import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';

/** How long a lease outlives a holder that died. */
export const LEASE_SECONDS = 15;
const RENEW_MS = 4000;
/** Between two looks of whoever waits. */
const WAIT_MS = 50;

/** What one process at a time does with a source. */
export const sourceLease = (sourceId: string) => `source:${sourceId}`;

/**
 * Runs `work` while no other process runs it under the same name; null when one does. The name is a row that is renewed
 * meanwhile: it needs no connection of its own, holds behind poolers, and is free 15 seconds after its holder died.
 * @param work gets a signal that aborts when the lease was lost, because this process stood still for too long
 */
export async function withLease<Result>(
  db: Knex,
  name: string,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | null> {
  const holder = randomUUID();
  if (!(await take(db, name, holder))) return null;
  const lost = new AbortController();
  const renewing = setInterval(() => {
    // A database that is away for a moment takes nothing from anybody: the next try tells.
    renew(db, name, holder).then(
      (isHeld) => isHeld || lost.abort(new Error(`another process has taken over ${name}`)),
      () => {},
    );
  }, RENEW_MS);
  try {
    return await work(lost.signal);
  } finally {
    clearInterval(renewing);
    // If that fails, the row ends by itself.
    await db('leases')
      .where({ name, holder })
      .delete()
      .catch(() => {});
  }
}

/** Waits until nobody holds a lease, and holds it to the end of the transaction. */
export async function holdLease(trx: Knex, name: string): Promise<void> {
  const holder = randomUUID();
  while (!(await take(trx, name, holder))) await sleep(WAIT_MS);
  // Gone with the commit, and locked until then.
  await trx('leases').where({ name, holder }).delete();
}

/** Two statements, neither of which locks the row of a living holder: within a transaction it could not be renewed. */
async function take(db: Knex, name: string, holder: string): Promise<boolean> {
  await db.raw('delete from leases where name = ? and expires_at < clock_timestamp()', [name]);
  const { rowCount } = await db.raw(
    `insert into leases (name, holder, expires_at) values (:name, :holder, clock_timestamp() + :seconds * interval '1 second')
     on conflict (name) do nothing`,
    { name, holder, seconds: LEASE_SECONDS },
  );
  return rowCount === 1;
}

async function renew(db: Knex, name: string, holder: string): Promise<boolean> {
  const { rowCount } = await db.raw(
    `update leases set expires_at = clock_timestamp() + :seconds * interval '1 second' where name = :name and holder = :holder`,
    { name, holder, seconds: LEASE_SECONDS },
  );
  return rowCount === 1;
}
