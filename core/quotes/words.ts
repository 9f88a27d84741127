import { rememberTexts } from '../remember-texts.ts';
import { termsOf } from '../retrieval/sparse-encoding.ts';
import { STOP_WORDS } from '../retrieval/stop-words.ts';
import { tokenize } from '../retrieval/tokenize.ts';

/** Whose endings are known and do no harm to the words of the others. */
const STEMMED = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'sv', 'ru'];
const MOST_REMEMBERED = 5_000;
const MOST_REMEMBERED_WORDS = 20_000;

export const stemsOf = rememberTexts((word: string): ReadonlySet<string> => termsOf(word, STEMMED), {
  most: MOST_REMEMBERED_WORDS,
});

/** Every word of a text as it is compared: by its stems in the languages above. */
export const toTerms = rememberTexts(
  (text: string): ReadonlySet<string> => new Set(tokenize(text).flatMap((word) => [...stemsOf(word)])),
  { most: MOST_REMEMBERED },
);

/** What has no name because everybody sees what it is. */
const SEEN: [RegExp, string][] = [
  [/[\p{L}\p{N}.]@[\p{L}\p{N}-]+\./u, 'email mail address'],
  [/\+\d[\d ()/-]{5,}\d/, 'phone telephone number call'],
  [/[€$£¥]\s?\d|\d\s?(?:[€$£¥]|EUR|USD|CHF)/, 'price cost'],
  [/https?:\/\//, 'link address website'],
];

/** The terms of a sentence or row, with the names of what it shows. */
export const toTermsOfUnit = rememberTexts(
  (text: string): ReadonlySet<string> =>
    toTerms([text, ...SEEN.flatMap(([pattern, names]) => (pattern.test(text) ? [names] : []))].join(' ')),
  { most: MOST_REMEMBERED },
);

/** The same word by word, without the commonest ones. */
export const toWordStems = rememberTexts((text: string): ReadonlySet<string>[] => {
  const language = guessLanguage(text);
  return [...new Set(tokenize(text))].filter((word) => !isStopWord(word, language)).map(stemsOf);
});

/** The language whose commonest words a text has most of; null where it has none of any. */
export const guessLanguage = rememberTexts((text: string): string | null => {
  const words = tokenize(text);
  let best: { language: string | null; count: number } = { language: null, count: 0 };
  for (const [language, common] of Object.entries(STOP_WORDS)) {
    const count = words.filter((word) => common.has(word)).length;
    if (count > best.count) best = { language, count };
  }
  return best.language;
});

export function isStopWord(word: string, language: string | null): boolean {
  return STOP_WORDS[language ?? 'en']?.has(word) ?? false;
}
