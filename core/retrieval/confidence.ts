/** What a search tells about whether the documents answer the question. */
export interface Evidence {
  /** Of the question's words: see `queryLength`. */
  queryLength: number;
  topLexicalScore: number;
  /** How much closer the nearest passage is than any is to unrelated questions: 0 no closer, 1 the same text. */
  nearness: number;
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
  return Math.max(logistic(logitOfWords(evidence)), confidenceOfMeaning(evidence));
}

/**
 * The one figure that told answerable from unanswerable questions best: BM25 of the best passage against the length of
 * the question, in units of the idf of a word that only one chunk has. Long questions collect score by their many
 * words; the length takes that out. Slope and offset are a logistic fit.
 */
const SLOPE = 4.2;
const OFFSET = -5.4;

function logitOfWords(evidence: Evidence): number {
  const strength = strengthOf(evidence);
  return strength === 0 ? Number.NEGATIVE_INFINITY : SLOPE * strength + OFFSET;
}

function strengthOf({ queryLength, topLexicalScore, chunkCount }: Evidence): number {
  if (queryLength === 0 || topLexicalScore === 0) return 0;
  const rarestIdf = Math.max(Math.log(1 + (chunkCount - 0.5) / 1.5), 0.1);
  return topLexicalScore / (queryLength * rarestIdf);
}

/** With so many chunks, words and coverage count alike. */
const FEW_CHUNKS = 50;

/**
 * Among few chunks every word is frequent and every score low: there, what share of the question's words the best
 * passage has tells more. Fitted on collections of 2 to 2,000 English and German chunks, half of the questions held out.
 * @param coverage null where the question has no words of its own
 */
export function withCoverage(evidence: Evidence, coverage: number | null): number {
  const words = logitOfWords(evidence);
  if (coverage === null || words === Number.NEGATIVE_INFINITY) return toConfidence(evidence);
  const fewness = 1 / (1 + (evidence.chunkCount / FEW_CHUNKS) ** 2);
  const covered = words + fewness * (4.8 * coverage + 0.8 - 2.5 * strengthOf(evidence));
  return Math.max(logistic(covered), confidenceOfMeaning(evidence));
}

/** What a follow-up is about is a guess from what was said before: worth a try, no more. */
const MOST_FOR_SUBJECT = 0.2;

/**
 * The confidence in an answer to a question of a conversation, by what its own words find and, where it needed more, by
 * what they find with words from before. The limit costs 0.001 of AUROC on the development set, 0.3 would cost 0.002.
 */
export function inConversation(alone: Evidence, withSubject: Evidence | null, coverage: number | null): number {
  const confidence = withCoverage(alone, coverage);
  if (!withSubject) return confidence;
  return Math.max(confidence, Math.min(MOST_FOR_SUBJECT, withCoverage(withSubject, coverage)));
}

/** A close match in meaning alone is worth a try, no more. */
function confidenceOfMeaning({ nearness }: Evidence): number {
  return 0.3 * logistic(16 * (nearness - 0.36));
}

function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
