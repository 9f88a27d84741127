import { rememberTexts } from '../remember-texts.ts';
import { queryTermsOf } from './sparse-encoding.ts';
import { stem } from './stem.ts';
import { withoutStopWords } from './stop-words.ts';
import { splitWords, tokenize } from './tokenize.ts';
import { unmarkedTerm } from './unmarked-spelling.ts';

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
  const asked = [...new Set(withoutStopWords(splitWords(question)))]
    .filter((word) => stem(word.toLowerCase(), 'en') !== null)
    .flatMap((word) => queryTermsOf(word, languages).map((terms) => [...terms.keys()]))
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
    rememberTexts((text) => new Set(languages.flatMap((language) => [...documentTermsOf(text, language)])));
  remembered.set(key, known);
  return known;
}

function documentTermsOf(text: string, language: string): Set<string> {
  const words = new Set(tokenize(text, language));
  return new Set([...words].flatMap((word) => [stem(word, language), unmarkedTerm(word, language)]).filter(isTerm));
}

function isTerm(term: string | null): term is string {
  return term !== null;
}
