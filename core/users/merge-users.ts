import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import { removeUser } from './known-users.ts';
import { MERGE_STEPS, type MergedPeople } from './merge-steps.ts';
import { findCurrentUserId } from './merged-users.ts';
import { createUsersRepository } from './users-repository.ts';

export interface MergeOptions extends Pick<MergedPeople, 'fromId' | 'intoId' | 'now'> {
  /** Looks at both once nothing of theirs changes any more; throws what speaks against it. */
  check?: (people: MergedPeople) => Promise<void>;
}

/**
 * Makes two people one: all that is `from`'s becomes `into`'s, and `from` is gone. The caller owns the transaction and
 * has proof of both sides. Merging those who are one already is no error.
 * @returns whether there was something to merge
 * @throws AppError `not_found` when one of them has been erased
 */
export async function mergeUsers(trx: Knex, { check, ...options }: MergeOptions): Promise<boolean> {
  const people = await lockBoth(trx, options);
  if (people === null) return false;
  await check?.(people);
  for (const step of Object.values(MERGE_STEPS)) await step(trx, people);
  await mergeProfiles(trx, people);
  const { fromId, intoId, now } = people;
  await trx('merged_users').insert({ old_id: fromId, new_id: intoId, merged_at: now });
  await removeUser(trx, fromId);
  return true;
}

/**
 * Both in the order of their ids, so that two merges of the same people wait for one another and not both for each
 * other. Null when they are the same person by now.
 */
async function lockBoth(trx: Knex, { fromId, intoId, now }: MergeOptions): Promise<MergedPeople | null> {
  for (;;) {
    const from = await findCurrentUserId(trx, fromId);
    const into = await findCurrentUserId(trx, intoId);
    if (from === null || into === null) {
      throw new AppError('not_found', 'One of the two has been erased meanwhile, so there is nothing to link.');
    }
    if (from === into) return null;
    const locked = await trx('users').whereIn('id', [from, into]).orderBy('id').forUpdate().select('id');
    if (locked.length < 2) continue;
    const isFromVisitor = await createUsersRepository(trx).isAnonymous(from);
    return { fromId: from, intoId: into, now, isFromVisitor };
  }
}

async function mergeProfiles(trx: Knex, { fromId, intoId, now }: MergedPeople): Promise<void> {
  await trx.raw(
    `update users set email = coalesce(users.email, other.email),
       picture_url = coalesce(users.picture_url, other.picture_url), model = coalesce(users.model, other.model),
       created_at = least(users.created_at, other.created_at), updated_at = :now
     from users other where users.id = :intoId and other.id = :fromId`,
    { fromId, intoId, now },
  );
}
