import { randomInt } from 'node:crypto';
import type { DatabaseAddress } from './database-address.ts';
import { createClient } from './server-facts.ts';

/** Any fixed number that no other lock of Parley begins with. */
const KIND = 7_275_393;

/** Whether two addresses lead to one database: what is locked at one of them cannot be locked at the other. */
export async function isSameDatabase(one: DatabaseAddress, other: DatabaseAddress): Promise<boolean> {
  const clients = [createClient(one), createClient(other)] as const;
  const key = randomInt(2 ** 31);
  try {
    await Promise.all(clients.map((client) => client.connect()));
    await clients[0].query('begin');
    await clients[0].query('select pg_advisory_xact_lock($1, $2)', [KIND, key]);
    const { rows } = await clients[1].query('select pg_try_advisory_xact_lock($1, $2) as is_free', [KIND, key]);
    await clients[0].query('rollback');
    return !rows[0].is_free;
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
  }
}
