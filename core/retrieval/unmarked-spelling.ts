import { foldMarks } from './fold-marks.ts';

/** Apart from real words: nobody types it. */
const PREFIX = '~';

/**
 * Vietnamese tells words apart by marks, so they are terms of their own; for who types without any, each is also found
 * by its letters alone. What was typed with marks never looks there. null in other languages, which fold their marks.
 */
export function unmarkedTerm(word: string, language: string): string | null {
  return language === 'vi' ? PREFIX + foldMarks(word) : null;
}

/** The same for a word of a question, when it is typed without marks. */
export function unmarkedQueryTerm(word: string, language: string): string | null {
  return language === 'vi' && foldMarks(word) === word ? PREFIX + word : null;
}

/** German typed without its letters: `schluessel` for `schlüssel`. null where nothing is to be replaced. */
export function withUmlauts(word: string, language: string): string | null {
  if (language !== 'de') return null;
  const umlauts = word.replace(/[aou]e/g, (pair) => UMLAUTS[pair] ?? pair);
  return umlauts === word ? null : umlauts;
}

const UMLAUTS: Record<string, string> = { ae: 'ä', oe: 'ö', ue: 'ü' };
