import { segmentWords } from './segment-words.ts';

/** A run of letters, marks and digits; an apostrophe inside a word belongs to it. */
const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:['’][\p{L}\p{M}\p{N}]+)*/gu;
const ASCII = /^[\x20-\x7e\s]*$/;
/** Longer ones are hashes, keys or encoded data: nobody asks by them, and they would only fill the index. */
const LONGEST_WORD = 64;
/** Points of Hebrew and Arabic are for learners: the same word is written with and without. Tatweel only stretches it. */
const POINTS =
  /[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]/g;
/** A hyphen for the end of a line only, and what joins letters of Indic scripts in some fonts: no part of a word. */
const INVISIBLE = /\u00ad|(?<=\p{M})[\u200c\u200d]/gu;
/** Languages whose I without a dot is another letter than the one with. */
const DOTLESS = new Set(['tr', 'az']);

/**
 * Lower-case words in order, repeats included. Scripts without spaces are cut by dictionary, with pairs of Han
 * characters beside the words.
 * @param language ISO 639-1, for the capitals; where it is unknown, those of most languages
 */
export function tokenize(text: string, language = ''): string[] {
  return splitWords(text).map((word) => toLowerCase(word, language));
}

/** The words as they are written: `toLowerCase` of one language or another makes them comparable. */
export function splitWords(text: string): string[] {
  if (ASCII.test(text)) return [...text.matchAll(WORD)].flatMap(([word]) => withoutPossessive(word));
  const plain = text.normalize('NFKC').replace(POINTS, '').replace(INVISIBLE, '');
  return [...plain.matchAll(WORD)].flatMap(([word]) => segmentWords(word).flatMap(withoutPossessive));
}

export function toLowerCase(word: string, language: string): string {
  return DOTLESS.has(language) ? word.toLocaleLowerCase('tr') : word.toLowerCase();
}

function withoutPossessive(word: string): string[] {
  if (word.length > LONGEST_WORD) return [];
  return [word.length > 2 && /['’]s$/i.test(word) ? word.slice(0, -2) : word.replaceAll('’', "'")];
}
