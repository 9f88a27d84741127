import type { SparseVector } from '../ports/vector-store.ts';

/** What a search tells about whether the documents answer the question. */
export interface Evidence {
  query: SparseVector;
  topLexicalScore: number;
  topDenseScore: number;
  /** Chunks in the index: idf, and with it every score, grows with them. */
  chunkCount: number;
}

/**
 * Below it, an answer says that the documents do not answer. On the development set it keeps 96 % of the answerable
 * questions and turns away half of the unanswerable ones; the model, which reads the passages, has to see to the rest.
 */
export const CONFIDENCE_THRESHOLD = 0.17;

/** From here on the meaning adds nothing to what the words have found: measured, Recall@5 is the same without. */
export const WORDS_SUFFICE = 0.41;

/** 0 to 1: how likely it is that the documents answer. */
export function toConfidence(evidence: Evidence): number {
  return Math.max(confidenceOfWords(evidence), confidenceOfMeaning(evidence));
}

/**
 * The one figure that told answerable from unanswerable questions best: BM25 of the best passage against the length of
 * the query's vector, in units of the idf of a word that only one chunk has. Long questions collect score by their
 * many words; the length takes that out. Slope and offset are a logistic fit.
 */
function confidenceOfWords({ query, topLexicalScore, chunkCount }: Evidence): number {
  const queryLength = Math.hypot(...query.values);
  if (queryLength === 0 || topLexicalScore === 0) return 0;
  const rarestIdf = Math.max(Math.log(1 + (chunkCount - 0.5) / 1.5), 0.1);
  return logistic(4.2 * (topLexicalScore / (queryLength * rarestIdf)) - 5.4);
}

/** From so many chunks on the collection's statistics are worth more than what a passage has of the question's words. */
const LARGE_COLLECTION = 1000;

/**
 * In a small collection every word is frequent and every score low: there, what share of the question's words the
 * best passage has tells more.
 */
export function inSmallCollection(
  confidence: number,
  { coverage, chunkCount }: { coverage: number | null; chunkCount: number },
): number {
  if (coverage === null || chunkCount >= LARGE_COLLECTION) return confidence;
  const size = chunkCount / LARGE_COLLECTION;
  return size * confidence + (1 - size) * logistic(10 * (coverage - 0.55));
}

/** A close match in meaning alone is worth a try, no more: cosines of different models are hardly comparable. */
function confidenceOfMeaning({ topDenseScore }: Evidence): number {
  return 0.3 * logistic(30 * (topDenseScore - 0.65));
}

function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
