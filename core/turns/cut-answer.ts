import type { Message, MessageSource } from '../messages/message.ts';
import type { Passage } from '../ports/chat-model.ts';
import type { RetrievalResult } from '../retrieval/retrieval.ts';
import type { HistoryPair } from './fit-history.ts';

/** Asked in the place of a question, so that servers that know no other way go on, too. */
export const GO_ON =
  'Your last answer was cut off by its length limit. Go on with the very next character, in the same language: do not repeat anything of it, do not begin a new answer, and say nothing about the interruption. Begin with a space where one is missing.';

/** Of a long answer, so much of its end is enough to go on. */
const MOST_CHARACTERS = 24_000;

/** What was asked and answered so far, as the last pair of the history. */
export function toCutPair(question: string, { content }: Message): HistoryPair {
  const end = content.length > MOST_CHARACTERS ? `… ${content.slice(-MOST_CHARACTERS).toWellFormed()}` : content;
  return { question, answer: end };
}

/**
 * Of what is found for the question once more, what the answer lists already, under the numbers that it has there: what
 * is written now stands above the same list.
 */
export function toListedPassages(
  found: RetrievalResult,
  sources: readonly MessageSource[],
  toSource: (passage: Passage) => MessageSource,
): RetrievalResult {
  const passages = sources.flatMap(({ n, title, url, snippet }) => {
    const same = found.passages.find((passage) => {
      const candidate = toSource(passage);
      return candidate.title === title && candidate.url === url && candidate.snippet === snippet;
    });
    return same ? [{ ...same, n }] : [];
  });
  return passages.length > 0 ? { ...found, passages } : { ...found, passages, outcome: 'not_needed' };
}
