import type { Knex } from 'knex';
import { retryDeadlock } from '../db/retry-deadlock.ts';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { MergedPeople } from './merge-steps.ts';
import { mergeUsers } from './merge-users.ts';
import { findCurrentUserId } from './merged-users.ts';

const TRY_AGAIN_SECONDS = 5;

/**
 * Gives the chats of an anonymous visitor to the person who has logged in in the same browser. Nobody is asked, so only
 * chats come along: the token may have been put there by somebody else. What they could set up with it, to be used or
 * paid by whoever claims it, is dropped; and the token opens nothing any more.
 */
export function createClaimVisitor({ db, clock }: { db: Knex; clock: Clock }) {
  /**
   * @returns how many chats came along; none when they came before, or the visitor is gone
   * @throws AppError `conflict` when this is no anonymous visitor, or while an answer to them is being written
   */
  return async function claimVisitor({ visitorId, userId }: { visitorId: string; userId: string }): Promise<number> {
    return retryDeadlock(() =>
      db.transaction(async (trx) => {
        // One who was merged before is not followed: whoever holds this token has not proved to be that person.
        if ((await findCurrentUserId(trx, visitorId)) !== visitorId || visitorId === userId) return 0;
        let chats = 0;
        const check = async (people: MergedPeople) => {
          assertOnlyVisitor(people, visitorId);
          await assertNothingRuns(trx, visitorId);
          await trx('provider_keys').where({ user_id: visitorId }).delete();
          const counted = await trx('sessions').where({ user_id: visitorId }).count().first();
          chats = Number(counted?.count ?? 0);
        };
        await mergeUsers(trx, { fromId: visitorId, intoId: userId, now: clock.now(), check });
        return chats;
      }),
    );
  };
}

function assertOnlyVisitor({ fromId, isFromVisitor }: MergedPeople, visitorId: string): void {
  if (isFromVisitor && fromId === visitorId) return;
  throw new AppError(
    'conflict',
    'This token is not of an anonymous visitor. Link the two accounts with POST /api/links.',
  );
}

/** An answer that goes on after the claim would be written as the member, for whoever holds the visitor's line open. */
async function assertNothingRuns(trx: Knex, visitorId: string): Promise<void> {
  const running = await trx('turns').where({ user_id: visitorId }).whereIn('state', ['queued', 'running']).first('id');
  if (running === undefined) return;
  throw new AppError('conflict', 'An answer to this visitor is still being written. Try again when it has ended.', {
    retryAfterSeconds: TRY_AGAIN_SECONDS,
  });
}
