import type { WireMessage } from './wire.ts';

/**
 * Finds in the history what became of a question: not there (it never arrived), there without an answer (still being
 * worked on, or given up), or answered.
 * @param knownIds messages that were there before it was asked: the same words may have been asked earlier
 */
export function findOutcome(
  messages: WireMessage[],
  text: string,
  knownIds: Set<string>,
): { question?: WireMessage | undefined; answer?: WireMessage | undefined } {
  const at = messages.findLastIndex(
    ({ id, role, content }) => role === 'user' && content.trim() === text && !knownIds.has(id),
  );
  if (at < 0) return {};
  return { question: messages[at], answer: messages.slice(at + 1).find(({ role }) => role === 'assistant') };
}
