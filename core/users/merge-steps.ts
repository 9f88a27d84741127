import type { Knex } from 'knex';
import { createLoginsRepository } from '../logins/logins-repository.ts';
import { mergeWallets } from '../wallet/merge-wallets.ts';

/** Two people who are one from now on: what is `from`'s becomes `into`'s. */
export interface MergedPeople {
  fromId: string;
  intoId: string;
  now: Date;
  /** `from` was only a browser, with no account anywhere. */
  isFromVisitor: boolean;
}

type MergeStep = (trx: Knex, people: MergedPeople) => Promise<unknown>;

/**
 * What happens in a merge to each column that says whose a row is, in this order. A test compares the list with the
 * database: a new table cannot be forgotten. Both people are locked meanwhile, so nothing of theirs is added.
 */
export const MERGE_STEPS: Record<string, MergeStep> = {
  'identities.user_id': move('identities'),
  'accounts.user_id': keepOnePassword,
  'logins.user_id': endLogins,
  'sessions.user_id': move('sessions'),
  'turns.user_id': move('turns'),
  'feedback.user_id': keepNewerFeedback,
  'conversations.user_id': keepOneConversationPerPlace,
  'link_codes.user_id': voidOpenCodes,
  'merged_users.new_id': (trx, { fromId, intoId }) =>
    trx('merged_users').where({ new_id: fromId }).update({ new_id: intoId }),
  'api_keys.user_id': keepKeysApart,
  'provider_keys.user_id': keepOneProviderKey,
  'usage_records.user_id': move('usage_records'),
  'wallets.user_id': mergeBalances,
  'sources.audience': handOnSources,
};

function move(table: string): MergeStep {
  return (trx, { fromId, intoId }) => trx(table).where({ user_id: fromId }).update({ user_id: intoId });
}

/** One username and password per person: who is merged into somebody with one loses theirs. */
async function keepOnePassword(trx: Knex, people: MergedPeople): Promise<void> {
  await trx.raw(
    `delete from accounts where user_id = :fromId and exists (select from accounts where user_id = :intoId)`,
    { ...people },
  );
  await move('accounts')(trx, people);
}

/** Whoever has a login of theirs, perhaps a thief, has not proved to be the other: they log in again. */
async function endLogins(trx: Knex, people: MergedPeople): Promise<void> {
  await createLoginsRepository(trx).end({ userId: people.fromId }, people);
  await move('logins')(trx, people);
}

/** Where both have rated the same answer, the later opinion counts. */
async function keepNewerFeedback(trx: Knex, people: MergedPeople): Promise<void> {
  await trx.raw(
    `delete from feedback older using feedback newer
     where older.message_id = newer.message_id
       and older.user_id in (:fromId, :intoId) and newer.user_id in (:fromId, :intoId)
       and older.user_id <> newer.user_id
       and (newer.created_at > older.created_at
            or (newer.created_at = older.created_at and newer.user_id = :intoId))`,
    { ...people },
  );
  await move('feedback')(trx, people);
}

/** Where both talk in the same place, it goes on with the session of `into`; the other one is kept in the list. */
async function keepOneConversationPerPlace(trx: Knex, people: MergedPeople): Promise<void> {
  await trx.raw(
    `delete from conversations mine using conversations theirs
     where mine.user_id = :fromId and theirs.user_id = :intoId
       and (mine.platform, mine.kind, mine.place_id) = (theirs.platform, theirs.kind, theirs.place_id)
       and mine.space is not distinct from theirs.space`,
    { ...people },
  );
  await move('conversations')(trx, people);
}

/** A code was shown to a person who is somebody else now; the used one still has to be told of. */
async function voidOpenCodes(trx: Knex, people: MergedPeople): Promise<void> {
  await trx('link_codes').where({ user_id: people.fromId }).whereNull('used_at').delete();
  await move('link_codes')(trx, people);
}

/** Programs of both go on working; of two keys of one name, one gets another. */
async function keepKeysApart(trx: Knex, people: MergedPeople): Promise<void> {
  await trx.raw(
    `update api_keys mine set name = left(mine.name, 55) || ' ' || left(mine.id::text, 8)
     from api_keys theirs
     where mine.user_id = :fromId and theirs.user_id = :intoId and mine.name = theirs.name`,
    { ...people },
  );
  await move('api_keys')(trx, people);
}

/** The key of `into` goes on paying; without one, that of `from` does. */
async function keepOneProviderKey(trx: Knex, people: MergedPeople): Promise<void> {
  await trx.raw(
    `delete from provider_keys where user_id = :fromId
       and exists (select from provider_keys where user_id = :intoId)`,
    { fromId: people.fromId, intoId: people.intoId },
  );
  await move('provider_keys')(trx, people);
}

async function mergeBalances(trx: Knex, { fromId, intoId, isFromVisitor }: MergedPeople): Promise<void> {
  await mergeWallets(trx, { fromUserId: fromId, intoUserId: intoId, isFromVisitor });
}

/** Sources that only one of them could retrieve. The database decides who may; the index follows at the next sync. */
async function handOnSources(trx: Knex, { fromId, intoId }: MergedPeople): Promise<void> {
  const [from, into] = [`user:${fromId}`, `user:${intoId}`];
  const moved: string[] = await trx('sources')
    .whereRaw('audience @> ?', [[from]])
    .update({ audience: trx.raw(`array_append(array_remove(array_remove(audience, ?), ?), ?)`, [from, into, into]) })
    .returning('id')
    .then((rows) => rows.map(({ id }) => id));
  if (moved.length > 0) await trx('chunks').whereIn('source_id', moved).update({ embedding_model: null });
}
