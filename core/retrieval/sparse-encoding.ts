import type { SparseVector } from '../ports/vector-store.ts';
import { stem } from './stem.ts';
import { withoutStopWords } from './stop-words.ts';
import { splitWords, tokenize, toLowerCase } from './tokenize.ts';
import { unmarkedQueryTerm, unmarkedTerm, withUmlauts } from './unmarked-spelling.ts';

/** Counted up whenever the terms of a text change: what was indexed by another version is indexed anew. */
export const TERMS_VERSION = 2;

/** BM25's saturation and length normalisation; measured with `npm run eval`. */
const K1 = 1.5;
const B = 0.75;
/**
 * Characters a chunk has on average. Fixed rather than counted, so that a chunk's weights never depend on its
 * neighbours and need no rewriting when others come and go.
 */
const AVERAGE_CHARACTERS = 1456;
/**
 * Characters for each term, stop words left out where there is a list of them: a chunk of Chinese has six times the
 * terms of an English one, and is no longer for that. Counted in texts of the same content.
 */
const CHARACTERS_PER_TERM: Record<string, number> = {
  ...{ en: 9.1, de: 9.1, fr: 9.1, es: 9.1, pt: 9.1, it: 9.1, nl: 9.1 },
  ...{ zh: 1.4, ja: 1.6, th: 3.6, lo: 3.6, km: 3.6, my: 3.6, ko: 4, vi: 4.6, hi: 4.8, fa: 4.8 },
};
const CHARACTERS_PER_OTHER_TERM = 6.3;
/** A word that is spelled as if it had no marks may be meant, but a better fit comes first. */
const UNMARKED_WEIGHT = 0.5;
/** What a word of the title or a heading counts, against 1 for a word of the text. */
const TITLE_WEIGHT = 1;
const HEADING_WEIGHT = 1;

export interface SparseDocument {
  title: string;
  headings: string[];
  text: string;
  /** ISO 639-1. */
  language: string;
}

/** BM25's document side: how much each term says about the chunk, before idf, which the store applies. */
export function encodeDocument(document: SparseDocument): SparseVector {
  const { language } = document;
  const frequencies = new Map<number, number>();
  let length = 0;
  const count = (text: string, weight: number) => {
    for (const word of tokenize(text, language)) {
      const term = stem(word, language);
      if (term === null) continue;
      length += weight;
      add(frequencies, hashTerm(term), weight);
      const unmarked = unmarkedTerm(word, language);
      if (unmarked !== null) add(frequencies, hashTerm(unmarked), weight);
    }
  };
  count(document.text, 1);
  const shareOfAverage = length / averageTermsIn(language);
  count(document.title, TITLE_WEIGHT);
  for (const heading of document.headings) if (heading !== document.title) count(heading, HEADING_WEIGHT);

  const lengthPenalty = K1 * (1 - B + B * shareOfAverage);
  return toSparseVector(frequencies, (frequency) => (frequency * (K1 + 1)) / (frequency + lengthPenalty));
}

function averageTermsIn(language: string): number {
  return AVERAGE_CHARACTERS / (CHARACTERS_PER_TERM[language] ?? CHARACTERS_PER_OTHER_TERM);
}

export interface WeightedText {
  text: string;
  weight: number;
}

/**
 * BM25's query side. Which language a short question is in cannot be told reliably, so every word is looked up by its
 * stem in each language of the documents; a stem that no document has costs nothing.
 */
export function encodeQuery(texts: WeightedText[], languages: readonly string[]): SparseVector {
  const weights = new Map<number, number>();
  for (const { text, weight } of texts) {
    for (const terms of queryTermsOf(text, languages)) {
      for (const [term, share] of terms) add(weights, hashTerm(term), weight * share);
    }
  }
  return toSparseVector(weights, (weight) => weight);
}

/** How long a question is, whatever the number of languages that each of its words is looked up in. */
export function queryLength(texts: WeightedText[], languages: readonly string[]): number {
  const weights = new Map<string, number>();
  for (const { text, weight } of texts) {
    for (const terms of queryTermsOf(text, languages)) {
      const key = [...terms.keys()].join(' ');
      if (key !== '') weights.set(key, (weights.get(key) ?? 0) + weight);
    }
  }
  return Math.hypot(...weights.values());
}

/** The terms that each word of a question stands for, with what they count; empty for a stop word. */
export function queryTermsOf(text: string, languages: readonly string[]): Map<string, number>[] {
  return withoutStopWords(splitWords(text)).map((written) => {
    const terms = new Map<string, number>();
    for (const language of languages) {
      const word = toLowerCase(written, language);
      const term = stem(word, language);
      if (term === null) continue;
      terms.set(term, 1);
      const umlauts = withUmlauts(word, language);
      const unmarked = umlauts === null ? unmarkedQueryTerm(word, language) : stem(umlauts, language);
      if (unmarked !== null && !terms.has(unmarked)) terms.set(unmarked, UNMARKED_WEIGHT);
    }
    return terms;
  });
}

/** The different terms one word of a question stands for. */
export function termsOf(word: string, languages: readonly string[]): Set<string> {
  const terms = new Set<string>();
  for (const language of languages) {
    const term = stem(word, language);
    if (term !== null) terms.add(term);
  }
  return terms;
}

/** FNV-1a: terms become unsigned 32-bit ids, the only kind Qdrant takes. Two terms in 100,000 may share one. */
function hashTerm(term: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < term.length; i++) hash = Math.imul(hash ^ term.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function add(totals: Map<number, number>, key: number, amount: number): void {
  totals.set(key, (totals.get(key) ?? 0) + amount);
}

function toSparseVector(totals: Map<number, number>, weigh: (total: number) => number): SparseVector {
  const entries = [...totals].sort(([a], [b]) => a - b);
  return { indices: entries.map(([index]) => index), values: entries.map(([, total]) => Math.fround(weigh(total))) };
}
