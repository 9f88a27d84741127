import type { Knex } from 'knex';
import { retryDeadlock } from '../db/retry-deadlock.ts';
import { AppError } from '../errors.ts';
import type { GiveBackTokens, GoneIdentity } from '../identities/give-back-tokens.ts';
import { removeSources } from '../knowledge/remove-sources.ts';
import type { Logger } from '../ports/logger.ts';
import { closeWallet } from '../wallet/close-wallet.ts';
import { removeUser } from './known-users.ts';
import { isMerged } from './merged-users.ts';

export interface EraseUserOptions {
  db: Knex;
  /** Ends an answer that is being written. */
  stopTurn(turnId: string): Promise<void>;
  /** Ends every login, for whoever keeps in memory that it runs. */
  endLogins(userId: string): Promise<void>;
  /** Has the index forget chunks that are gone. */
  flushRemovedChunks(): Promise<void>;
  /** Has providers forget the tokens of linked accounts. */
  giveBackTokens?: GiveBackTokens | undefined;
  logger: Logger;
}

/**
 * Removes a person and all they said, on every platform, in one transaction: when it resolves, nothing is left in the
 * database. What others said in a thread that this person began stays theirs. Erasing twice is no error.
 *
 * The document index forgets at once what only they could find; while it cannot be reached, a job tries again every few
 * minutes, and nobody finds any of it meanwhile, because its text is gone.
 */
export function createEraseUser(options: EraseUserOptions) {
  const { db, stopTurn, endLogins, flushRemovedChunks, giveBackTokens = () => {} } = options;
  const logger = options.logger.child({ part: 'erase' });

  return async function eraseUser(userId: string): Promise<void> {
    const unfinished = await db('turns').where({ user_id: userId }).whereIn('state', ['queued', 'running']).pluck('id');
    for (const turnId of unfinished) await stopTurn(turnId);
    await endLogins(userId);
    const unlinked = await retryDeadlock(() =>
      db.transaction(async (trx): Promise<GoneIdentity[]> => {
        // Held, so that no message of theirs is accepted between the first deletion and the last.
        const user = await trx('users').where({ id: userId }).forUpdate().first('id');
        if (!user) return assertNotMerged(trx, userId).then(() => []);
        // An answer that is just ending holds its turn and then wants its session: taken in the same order here.
        await trx('turns').where({ user_id: userId }).whereIn('state', ['queued', 'running']).forUpdate().select('id');
        await forgetPlatformRows(trx, userId);
        await forgetOwnSources(trx, userId);
        await handOnSharedSessions(trx, userId);
        await forgetCounts(trx, userId);
        await closeWallet(trx, userId);
        // Waits for one whose tokens are just being renewed, and gets the new ones.
        const identities = await trx('identities').where({ user_id: userId }).delete(['id', 'platform', 'tokens']);
        // Everything else refers to the user and goes with them.
        await removeUser(trx, userId);
        // What they cost the operator stays on record without them; after the turns, none of which can add to it now.
        await trx('usage_records').where({ user_id: userId }).update({ user_id: null });
        return identities;
      }),
    );
    unlinked.forEach(giveBackTokens);
    await flushRemovedChunks().catch((error) =>
      logger.warn({ err: error }, 'the index could not forget what somebody erased had in it; trying again later'),
    );
  };
}

/** Erasing a part that became another person's would erase them, or nothing: neither is what was asked for. */
async function assertNotMerged(trx: Knex, userId: string): Promise<void> {
  if (!(await isMerged(trx, userId))) return;
  throw new AppError('conflict', 'These chats were linked with another account meanwhile. Erase that account instead.');
}

/** What bots keep until their answers are shown knows people by their turns and by their ids on the platform. */
async function forgetPlatformRows(trx: Knex, userId: string): Promise<void> {
  const turns = () => trx('turns').where({ user_id: userId }).select('id');
  await trx('slack_requests').whereIn('turn_id', turns()).delete();
  const twitchIds = trx('identities').where({ user_id: userId, platform: 'twitch' }).select('platform_user_id');
  await trx('twitch_replies')
    .whereIn('turn_id', turns())
    // One that is open may be about to say that this is done; it goes an hour later.
    .orWhere((theirs) => theirs.whereIn('asker_id', twitchIds).whereNotNull('done_at'))
    .delete();
}

/** Sources that only this person could retrieve; from others they are merely struck off. */
async function forgetOwnSources(trx: Knex, userId: string): Promise<void> {
  const audience = `user:${userId}`;
  await removeSources(
    trx,
    await trx('sources')
      .whereRaw('audience = ?', [[audience]])
      .pluck('id'),
  );
  await trx('sources')
    .whereRaw('audience @> ?', [[audience]])
    .update({ audience: trx.raw('array_remove(audience, ?)', [audience]) });
}

/** A thread goes on under whoever spoke next in it; its title may have been this person's words. */
async function handOnSharedSessions(trx: Knex, userId: string): Promise<void> {
  await trx.raw(
    `update sessions set user_id = heir.user_id, title = 'Chat', is_named = false
     from (
       select distinct on (turns.session_id) turns.session_id, turns.user_id
       from turns join sessions on sessions.id = turns.session_id
       where sessions.user_id = :userId and turns.user_id <> :userId
       order by turns.session_id, turns.position
     ) heir where sessions.id = heir.session_id`,
    { userId },
  );
}

async function forgetCounts(trx: Knex, userId: string): Promise<void> {
  for (const table of ['question_counts', 'rate_limits']) {
    await trx(table).whereRaw('position(? in key) > 0', [userId]).delete();
  }
  await trx.raw(
    `delete from sign_in_attempts using accounts, lateral unnest(array[username_key, email_key]) as name
     where accounts.user_id = ? and right(key, length(name) + 1) = ':' || name`,
    [userId],
  );
}
