import { foldMarks } from './fold-marks.ts';
import { splitWords } from './tokenize.ts';

/** Words that begin alike are often forms of one: danke, dankeschön. */
const STEM_LETTERS = 4;
/** Each part of a message is judged by itself: a greeting before a question does not make it small talk. */
const PART = /[^,.!?;:…。！？،؛؟、，\n]+[,.!?;:…。！？،؛؟、，\n]*/gu;
/** "Helloooo", "thaaanks". */
const STRETCHED = /(.)\1{2,}/gu;

/** What the coefficients do not know: a word, and one written like a name. */
export const UNKNOWN = '?word';
export const UNKNOWN_NAME = '?name';

export interface PartFeatures {
  /** Words, beginnings of words and pairs of words, by name. */
  named: { word: string; names: string[]; isName: boolean }[];
  /** What holds for the part as a whole. */
  whole: Record<string, number>;
}

/** What each part of a message is judged by: which of the words are known is for the coefficients to say. */
export function toPartFeatures(message: string): PartFeatures[] {
  const parts = [...message.replace(STRETCHED, '$1').matchAll(PART)].map(([part]) => ({
    part,
    words: splitWords(part),
  }));
  const names = parts.flatMap(({ words }, n) => words.filter((word, at) => n + at > 0 && TITLE_CASE.test(word)));
  // Two of them are the name of a thing.
  const nameOf = names.length === 1 ? names[0] : undefined;
  return parts.flatMap(({ part, words }) => (words.length === 0 ? [] : [featuresOf(part, words, nameOf)]));
}

const TITLE_CASE = /^\p{Lu}\p{Ll}+$/u;

function featuresOf(part: string, written: string[], nameOf: string | undefined): PartFeatures {
  const words = written.map((word) => foldMarks(word.toLowerCase()));
  return {
    named: words.map((word, at) => ({
      word,
      names: [
        word,
        ...(word.length > STEM_LETTERS ? [`${word.slice(0, STEM_LETTERS)}*`] : []),
        `${words[at - 1] ?? '^'} ${word}`,
        ...(at === words.length - 1 ? [`${word} $`] : []),
      ],
      isName: written[at] === nameOf,
    })),
    whole: {
      '#base': 1,
      '#words': Math.log(1 + words.length),
      '#asks': /[?？;؟]\s*$/.test(part) ? 1 : 0,
      '#digits': /\d/.test(part) ? 1 : 0,
    },
  };
}

/** The features with how often they occur; words that are not known count as such. */
export function countFeatures(
  { named, whole }: PartFeatures,
  isKnown: (feature: string, isName: boolean) => boolean,
): Map<string, number> {
  const counts = new Map(Object.entries(whole));
  const add = (feature: string) => counts.set(feature, (counts.get(feature) ?? 0) + 1);
  for (const { word, names, isName } of named) {
    for (const name of names) if (isKnown(name, isName)) add(name);
    if (!isKnown(word, isName)) add(isName ? UNKNOWN_NAME : UNKNOWN);
  }
  return counts;
}
