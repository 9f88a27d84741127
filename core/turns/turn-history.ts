import type { Knex } from 'knex';
import type { Message } from '../messages/message.ts';
import { createMessagesRepository } from '../messages/messages-repository.ts';
import { toGivenMessages } from './given-history.ts';
import type { Turn } from './turns-repository.ts';

/** How far back a conversation is read; what fits the model's window is decided from these. */
const MOST_MESSAGES = 80;

/**
 * Finds what was said before a turn in its session, oldest first. Where others read along, what was said in private is
 * left out unless its person has agreed to carry it there: the same session may go on in a DM and in a channel.
 * A caller that keeps the conversation itself has given what was said.
 */
export function createTurnHistory({ db }: { db: Knex }) {
  const messages = createMessagesRepository(db);
  return async (turn: Turn): Promise<Message[]> => {
    const { sessionId, position, place, givenHistory, continuesMessageId } = turn;
    if (givenHistory) return toGivenMessages(turn, givenHistory);
    const before = continuesMessageId === null ? position * 2 : await messages.findQuestionPosition(continuesMessageId);
    if (place.isPrivate) return messages.listBefore(sessionId, before, MOST_MESSAGES);
    const carriesUpTo = place.carriesUpTo ?? 0;
    return messages.listSharedBefore(sessionId, { position: before, carriesUpTo, limit: MOST_MESSAGES });
  };
}
