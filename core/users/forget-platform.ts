import type { Knex } from 'knex';
import { retryDeadlock } from '../db/retry-deadlock.ts';
import type { Platform } from './platform.ts';

export interface ForgetPlatformOptions {
  db: Knex;
  /** Ends an answer that is being written. */
  stopTurn(turnId: string): Promise<void>;
  eraseUser(userId: string): Promise<void>;
}

/** What was forgotten: what was said on the platform, or, where nothing else is known of the person, the person. */
export type Forgotten = 'platform' | 'person';

/**
 * Forgets what somebody said on one platform, for where nobody can be asked in private whether they mean everything.
 * Somebody known by that platform alone, who has never signed in, is erased: what is left of them could not be reached.
 */
export function createForgetPlatform({ db, stopTurn, eraseUser }: ForgetPlatformOptions) {
  return async function forgetPlatform({
    userId,
    platform,
  }: {
    userId: string;
    platform: Platform;
  }): Promise<Forgotten> {
    if (await isKnownThereAlone(db, userId, platform)) {
      await eraseUser(userId);
      return 'person';
    }
    const said = { user_id: userId, platform };
    const unfinished = await db('turns').where(said).whereIn('state', ['queued', 'running']).pluck('id');
    for (const turnId of unfinished) await stopTurn(turnId);
    await retryDeadlock(() =>
      db.transaction(async (trx) => {
        // Held, so that no message of theirs is accepted between the first deletion and the last.
        await trx('users').where({ id: userId }).forUpdate().first('id');
        const turns = () => trx('turns').where(said).select('id');
        await trx('twitch_replies').whereIn('turn_id', turns()).delete();
        await turns().delete();
        await trx('sessions')
          .where(said)
          .whereNotExists(trx('messages').select(trx.raw('1')).whereRaw('messages.session_id = sessions.id'))
          .delete();
      }),
    );
    return 'platform';
  };
}

async function isKnownThereAlone(db: Knex, userId: string, platform: Platform): Promise<boolean> {
  const elsewhere = await db('identities')
    .where({ user_id: userId })
    .where((either) => either.whereNot({ platform }).orWhereNotNull('signed_in_at'))
    .first('id');
  const account = await db('accounts').where({ user_id: userId }).first('user_id');
  return elsewhere === undefined && account === undefined;
}
