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
  const shares = texts.map(({ title, headings, text }) => {
    const words = new Set(tokenize([title, ...headings, text].join('\n')));
    const terms = new Set([...words].flatMap((word) => [...termsOf(word, languages)]));
    return asked.filter((any) => any.some((term) => terms.has(term))).length / asked.length;
  });
  return Math.max(0, ...shares);
}
