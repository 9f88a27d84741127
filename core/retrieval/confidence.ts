/** What a search tells about whether the documents answer the question. */
export interface Evidence {
  topLexicalScore: number;
  topDenseScore: number;
}

/** Below it, an answer says that the documents do not answer; measured with `npm run eval`. */
export const CONFIDENCE_THRESHOLD = 0.05;

/** 0 to 1. */
export function toConfidence({ topLexicalScore, topDenseScore }: Evidence): number {
  const logit = -2.5 + 0.1 * topLexicalScore + 2 * topDenseScore;
  return 1 / (1 + Math.exp(-logit));
}
