import type { SparseVector } from '../ports/vector-store.ts';

/** What a search tells about whether the documents answer the question. */
export interface Evidence {
  query: SparseVector;
  topLexicalScore: number;
  topDenseScore: number;
  /** Chunks in the index: idf, and with it every score, grows with them. */
  chunkCount: number;
}

/** Below it, an answer says that the documents do not answer; measured with `npm run eval`. */
export const CONFIDENCE_THRESHOLD = 0.25;

/**
 * 0 to 1, from the one figure that told answerable from unanswerable questions best: BM25 of the best passage against
 * the length of the query's vector, in units of the idf of a word that only one chunk has. Long questions collect
 * score by their many words; the length takes that out. Slope and offset are a logistic fit.
 */
export function toConfidence({ query, topLexicalScore, chunkCount }: Evidence): number {
  const queryLength = Math.hypot(...query.values);
  if (queryLength === 0 || topLexicalScore === 0) return 0;
  const rarestIdf = Math.log(1 + (chunkCount - 0.5) / 1.5);
  const strength = topLexicalScore / (queryLength * Math.max(rarestIdf, 0.1));
  return 1 / (1 + Math.exp(-(3.5 * strength - 5)));
}
