import { subjectOf } from './conversation-subject.ts';
import type { ConversationTurn } from './retrieval.ts';
import type { WeightedText } from './sparse-encoding.ts';

/**
 * What the turns before count, against 1 for the last one. Follow-ups leave out what was just named: the question
 * before names it, and the answer before names it in the documents' own words, but at length, so each of its words
 * counts little. Measured with `npm run eval`: without them Recall@5 falls by 0.10.
 */
const QUESTION_BEFORE = { words: 0.3, meaning: 0.4 };
const ANSWER_BEFORE = 0.05;
/** Of a very long turn the beginning is enough, and keeps the search cheap. */
const MOST_CHARACTERS = 4_000;

export interface Question {
  /** The last turn by itself. */
  last: string;
  /** For searching by words. */
  words: WeightedText[];
  /** More words, for a question that says too little by itself: what it is about. */
  subject: WeightedText[];
  /** For searching by meaning. */
  meaning: WeightedText[];
}

/**
 * Reads the last user turn in the light of those before; null when there is none.
 * @param rarityOf how much a word says among the documents, 0 to 1; null for one that they do not have
 */
export function toQuestion(
  turns: ConversationTurn[],
  rarityOf: (word: string) => number | null = () => null,
): Question | null {
  const at = turns.findLastIndex((turn) => turn.role === 'user');
  const last = shortened(turns[at]);
  if (last === null) return null;
  const earlier = turns.slice(0, at).map((turn) => ({ ...turn, content: turn.content.slice(0, MOST_CHARACTERS) }));
  const questionBefore = shortened(earlier.findLast((turn) => turn.role === 'user'));
  const answerBefore = shortened(earlier.findLast((turn) => turn.role === 'assistant'));

  const words = [{ text: last, weight: 1 }];
  const meaning = [{ text: last, weight: 1 }];
  if (questionBefore !== null) {
    words.push({ text: questionBefore, weight: QUESTION_BEFORE.words });
    meaning.push({ text: questionBefore, weight: QUESTION_BEFORE.meaning });
  }
  if (answerBefore !== null) words.push({ text: answerBefore, weight: ANSWER_BEFORE });
  return { last, words, subject: subjectOf(last, earlier, rarityOf), meaning };
}

function shortened(turn: ConversationTurn | undefined): string | null {
  return turn ? turn.content.slice(0, MOST_CHARACTERS) : null;
}
