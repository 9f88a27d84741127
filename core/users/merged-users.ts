import type { Knex } from 'knex';

/**
 * The id somebody has by now: another one when they were merged into somebody meanwhile. Only for who is known by an
 * identity on a platform. A token never follows a merge: whoever holds one of a visitor has not proved to be the member.
 * @returns null when there is no such person any more
 */
export async function findCurrentUserId(db: Knex, userId: string): Promise<string | null> {
  const { rows } = await db.raw(
    `select id from users where id = :userId
     union all select new_id from merged_users where old_id = :userId limit 1`,
    { userId },
  );
  return rows[0]?.id ?? null;
}

/** Whether this person's history belongs to somebody else by now. */
export async function isMerged(db: Knex, userId: string): Promise<boolean> {
  return (await db('merged_users').where({ old_id: userId }).first('old_id')) !== undefined;
}

/**
 * Keeps a person from being merged or erased until the transaction ends. To be called before anything else in it is
 * locked: a merge takes the person first, too, so neither waits for the other in a circle.
 * @returns false when there is no such person (any more)
 */
export async function holdUser(trx: Knex, userId: string): Promise<boolean> {
  return (await trx('users').where({ id: userId }).forKeyShare().first('id')) !== undefined;
}
