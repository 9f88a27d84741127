import type { Message } from '../messages/message.ts';
import type { GivenMessage } from './incoming-message.ts';
import type { Turn } from './turns-repository.ts';

/**
 * The history of a caller that keeps it itself, as if it had been stored. Several messages of one side in a row are
 * one; an answer to no question is left out, and so is a question without an answer, as everywhere.
 */
export function toGivenMessages(turn: Turn, given: GivenMessage[]): Message[] {
  const messages: Message[] = [];
  for (const { role, content } of given) {
    const last = messages.at(-1);
    if (last?.role === role) last.content += `\n\n${content}`;
    else messages.push(toMessage(turn, { role, content }, role === 'user' ? messages.length : messages.length - 1));
  }
  return messages;
}

/** A question and the answer after it share their number, which stands for the turn they would have been. */
function toMessage(turn: Turn, { role, content }: GivenMessage, number: number): Message {
  return {
    id: `${turn.id}:${number}:${role}`,
    sessionId: turn.sessionId,
    turnId: `${turn.id}:${number}`,
    role,
    authorName: null,
    content,
    imageUrl: null,
    imageUrls: [],
    status: 'complete',
    sources: [],
    model: null,
    modelReason: null,
    usage: null,
    finishReason: null,
    createdAt: turn.createdAt,
  };
}
