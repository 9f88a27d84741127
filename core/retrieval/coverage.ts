import { rememberTexts } from '../remember-texts.ts';
import { termsOf } from './sparse-encoding.ts';
import { stem } from './stem.ts';
import { tokenize } from './tokenize.ts';

interface CoveredText {
  title: string;
  headings: string[];
  text: string;
}

/**
 * The share of a question's words, stop words aside, that the best of some texts has; null for a question that has
 * none of its own. It needs no statistics of a collection, so it also says something where there are few texts.
 */
export function coverageOf(question: string, texts: CoveredText[], languages: readonly string[]): number | null {
  const asked = [...new Set(tokenize(question))]
    .filter((word) => stem(word, 'en') !== null)
    .map((word) => [...termsOf(word, languages)])
    .filter((terms) => terms.length > 0);
  if (asked.length === 0) return null;
  const termsOfText = rememberedTermsOf(languages);
  const shares = texts.map(({ title, headings, text }) => {
    const terms = termsOfText([title, ...headings, text].join('\n'));
    return asked.filter((any) => any.some((term) => terms.has(term))).length / asked.length;
  });
  return Math.max(0, ...shares);
}

/** By languages: the lists of them that documents have are few. */
const remembered = new Map<string, (text: string) => Set<string>>();

function rememberedTermsOf(languages: readonly string[]): (text: string) => Set<string> {
  const key = languages.join(' ');
  const known =
    remembered.get(key) ??
    rememberTexts((text) => new Set([...new Set(tokenize(text))].flatMap((word) => [...termsOf(word, languages)])));
  remembered.set(key, known);
  return known;
}
