import type { Knex } from 'knex';
import { retryDeadlock } from '../db/retry-deadlock.ts';
import { AppError } from '../errors.ts';
import { holdUser } from '../users/merged-users.ts';
import { createMessagesRepository } from './messages-repository.ts';

export type Feedback = ReturnType<typeof createFeedback>;

export const RATINGS = ['up', 'down'] as const;

const notFound = () => new AppError('message_not_found', 'There is no such message. It may have been deleted.');

export interface FeedbackGiven {
  userId: string;
  messageId: string;
  rating: (typeof RATINGS)[number];
  reason?: string | undefined;
  /** The platform vouches that this person was shown the answer, which somebody else asked for. */
  wasShown?: boolean;
}

/**
 * The message is held, as it may be deleted at the same moment. A bad rating and its reason can come as two, and arrive
 * in any order: the same rating again leaves the reason.
 */
const KEEP = `
insert into feedback (message_id, user_id, rating, reason)
select id, :userId, :rating, :reason from messages where id = :messageId for key share
on conflict (message_id, user_id) do update set
  rating = excluded.rating,
  reason = coalesce(excluded.reason, case when feedback.rating = excluded.rating then feedback.reason end),
  created_at = excluded.created_at`;

/** What people think of the answers that they were given or shown. */
export function createFeedback({ db }: { db: Knex }) {
  const messages = createMessagesRepository(db);
  return {
    /**
     * Keeps one person's opinion of one answer; a second one replaces the first.
     * @throws AppError `message_not_found`
     */
    async give({ userId, messageId, rating, reason, wasShown }: FeedbackGiven): Promise<void> {
      const mayRate = wasShown ? await messages.exists(messageId) : await messages.isOfUser(userId, messageId);
      if (!mayRate) throw notFound();
      await retryDeadlock(() =>
        db.transaction(async (trx) => {
          if (!(await holdUser(trx, userId))) throw notFound();
          const { rowCount } = await trx.raw(KEEP, { userId, messageId, rating, reason: reason ?? null });
          if (rowCount === 0) throw notFound();
        }),
      );
    },
  };
}
