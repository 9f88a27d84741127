import { readReferences } from './back-references.ts';
import type { ConversationTurn } from './retrieval.ts';
import type { WeightedText } from './sparse-encoding.ts';
import { splitWords } from './tokenize.ts';

/** Settings chosen by `npm run eval:follow-ups` on one half of its conversations, and by `npm run eval`. */
const GAIN = 1;
/** A question that plainly speaks of something before is explained by it even if it has words of its own. */
const STRENGTH = { alone: 1, referring: 3 };
/** A question of more words of its own says enough. */
const MOST_OWN_WORDS = 4;
/** Common words say nothing about the subject: rarity counts to this power. */
const SHARPNESS = 4;
/** A word of a question that its answer does not take up. */
const NOT_TAKEN_UP = 0.6;
/** A short answer names something, a long one speaks of much: words it alone has share one weight, and to this power. */
const ANSWER_SHARPNESS = 3;
/** Questions looked back over, each counting less than the one after it. */
const MOST_QUESTIONS = 4;
const DECAY = 0.8;
const LEAST_WEIGHT = 0.05;

const CITATION = /\[\d+\]/g;

type Rarity = (word: string) => number | null;

/**
 * The words that say what a follow-up is about ("and how much does it cost?"): the rare ones of the questions before it
 * and of their answers. The less a question says by itself, the more they count; nothing, for one that says enough.
 * @param earlier turns before the question
 */
export function subjectOf(question: string, earlier: ConversationTurn[], rarityOf: Rarity): WeightedText[] {
  const own = wordsOf(question);
  const { refersBack, isCommon } = readReferences(question);
  if (own.filter((word) => !isCommon(word)).length > MOST_OWN_WORDS) return [];
  const enough = refersBack ? STRENGTH.referring : STRENGTH.alone;
  let weight = GAIN * Math.max(0, 1 - strengthOf(own, rarityOf) / enough);
  const subject = new Map<string, number>();
  const count = (word: string, counts: number) => {
    if (!own.includes(word)) subject.set(word, Math.max(subject.get(word) ?? 0, counts));
  };
  for (const { asked, answered } of exchangesBefore(earlier)) {
    if (weight < LEAST_WEIGHT) break;
    for (const word of asked) count(word, weight * says(word, rarityOf) * (answered.includes(word) ? 1 : NOT_TAKEN_UP));
    const named = answered
      .filter((word) => !asked.includes(word))
      .map((word) => ({ word, says: says(word, rarityOf) }));
    const total = named.reduce((sum, each) => sum + each.says, 0);
    for (const each of named) count(each.word, weight * each.says * Math.min(1, 1 / total) ** ANSWER_SHARPNESS);
    weight *= DECAY * Math.max(0, 1 - strengthOf(asked, rarityOf) / (1.5 * STRENGTH.alone));
  }
  return [...subject].flatMap(([text, counts]) => (counts >= LEAST_WEIGHT ? [{ text, weight: counts }] : []));
}

/** The newest first. */
function exchangesBefore(earlier: ConversationTurn[]): { asked: string[]; answered: string[] }[] {
  const exchanges = earlier.flatMap(({ role, content }, at) => {
    if (role !== 'user') return [];
    const next = earlier[at + 1];
    return [
      {
        asked: wordsOf(content),
        answered: next?.role === 'assistant' ? wordsOf(next.content.replace(CITATION, '')) : [],
      },
    ];
  });
  return exchanges.reverse().slice(0, MOST_QUESTIONS);
}

function wordsOf(text: string): string[] {
  return [...new Set(splitWords(text).map((word) => word.toLowerCase()))];
}

function strengthOf(words: string[], rarityOf: Rarity): number {
  return words.reduce((sum, word) => sum + (rarityOf(word) ?? 0), 0);
}

function says(word: string, rarityOf: Rarity): number {
  return (rarityOf(word) ?? 0) ** SHARPNESS;
}
