import type { Knex } from 'knex';
import type { Page, PageRequest } from '../db/page.ts';
import { AppError } from '../errors.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Message } from './message.ts';
import { createMessagesRepository } from './messages-repository.ts';
import { type FoundMessage, searchMessages } from './search-messages.ts';

export type Messages = ReturnType<typeof createMessages>;

/** Stored messages, for the person whose session they are in. */
export function createMessages({ db, sessions }: { db: Knex; sessions: Sessions }) {
  const rows = createMessagesRepository(db);
  return {
    /** @throws AppError `session_not_found` */
    async list({
      userId,
      sessionId,
      ...page
    }: { userId: string; sessionId: string } & PageRequest): Promise<Page<Message>> {
      await sessions.get({ userId, sessionId });
      return rows.listOfSession(sessionId, page);
    },

    /** See search-messages.ts. */
    search(asked: { userId: string; query: string } & PageRequest): Promise<Page<FoundMessage>> {
      return searchMessages(db, asked);
    },

    /** @throws AppError `message_not_found` */
    async delete({ userId, messageId }: { userId: string; messageId: string }): Promise<void> {
      if (!(await rows.remove(userId, messageId))) {
        throw new AppError('message_not_found', 'There is no such message. It may have been deleted.');
      }
    },

    /**
     * Forgets a question and its answer, because a place's moderators have removed it there.
     * @returns how many messages were deleted
     */
    deleteOfTurn(turnId: string): Promise<number> {
      return rows.removeOfTurn(turnId);
    },

    /** @returns how many were deleted */
    async deleteAll({ userId, sessionId }: { userId: string; sessionId: string }): Promise<number> {
      await sessions.get({ userId, sessionId });
      return rows.removeAllOfSession(sessionId);
    },
  };
}
