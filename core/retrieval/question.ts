import type { ConversationTurn } from './retrieval.ts';
import type { WeightedText } from './sparse-encoding.ts';

/** What the words of the turn before count, against 1 for the last one: follow-ups leave out what was just named. */
const CONTEXT_WEIGHT = 0.5;

export interface Question {
  /** The last turn alone. */
  last: string;
  /** For searching by words. */
  words: WeightedText[];
  /** For searching by meaning. */
  meaning: string;
}

/** Reads the last user turn in the light of the one before; null when there is none. */
export function toQuestion(turns: ConversationTurn[]): Question | null {
  const [last, before] = turns
    .filter((turn) => turn.role === 'user')
    .map((turn) => turn.content)
    .reverse();
  if (last === undefined) return null;
  if (before === undefined) return { last, words: [{ text: last, weight: 1 }], meaning: last };
  return {
    last,
    words: [
      { text: last, weight: 1 },
      { text: before, weight: CONTEXT_WEIGHT },
    ],
    meaning: `${before} ${last}`,
  };
}
