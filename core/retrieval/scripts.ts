/** Scripts that tell their language; of those that several share, a table of n-grams tells it. */
const LANGUAGE_OF_SCRIPT: Record<string, string> = {
  ...{ Greek: 'el', Hebrew: 'he', Hangul: 'ko', Thai: 'th', Lao: 'lo', Khmer: 'km', Myanmar: 'my', Tamil: 'ta' },
  ...{ Telugu: 'te', Kannada: 'kn', Malayalam: 'ml', Gujarati: 'gu', Gurmukhi: 'pa', Bengali: 'bn', Sinhala: 'si' },
  ...{ Georgian: 'ka', Armenian: 'hy', Kana: 'ja', Han: 'zh' },
};
const LETTER = /\p{L}/gu;
const LATIN = /\p{Script=Latin}/gu;
const KANA = /[\p{Script=Hiragana}\p{Script=Katakana}]/gu;
const OTHERS: Record<string, RegExp> = Object.fromEntries(
  ['Cyrillic', 'Arabic', 'Devanagari', ...Object.keys(LANGUAGE_OF_SCRIPT)].map((script) => [
    script,
    script === 'Kana' ? KANA : new RegExp(`\\p{Script=${script}}`, 'gu'),
  ]),
);
/** Latin names and terms stand in texts of every script, and a letter of most others says more than a Latin one. */
const LATIN_SHARE = 0.7;
/** Japanese is written in Han and Kana: so much Kana never is in Chinese. */
const KANA_SHARE = 0.1;

/** The script most of a text is written in; null for a text without letters. */
export function mainScript(text: string): string | null {
  const count = (letters: RegExp) => text.match(letters)?.length ?? 0;
  const letters = count(LETTER);
  if (letters === 0) return null;
  const latin = count(LATIN);
  if (latin > letters * LATIN_SHARE) return 'Latin';
  const counts = Object.entries(OTHERS).map(([script, its]) => ({ script, count: count(its) }));
  const [most] = counts.toSorted((a, b) => b.count - a.count);
  if (most?.script !== 'Han') return most?.script ?? null;
  return count(KANA) > most.count * KANA_SHARE ? 'Kana' : 'Han';
}

/** ISO 639-1 code of the language that alone is written in a script; null where several are. */
export function languageOfScript(script: string | null): string | null {
  return LANGUAGE_OF_SCRIPT[script ?? ''] ?? null;
}
