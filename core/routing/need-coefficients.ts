import type { QuestionFeatures } from './question-features.ts';

// A linear fit to the labelled questions of bench/data/router-questions.csv: `npm run eval:router -- --fit` prints these
// figures again. docs/routing.md says how they came about and how well they do on questions that had no part in them.

/** What a plain question of no particular kind needs. */
export const BASE_NEED = 45.6;

/** Points of quality that each feature, at its full strength, adds. */
export const NEED_OF: Readonly<Record<keyof QuestionFeatures, number>> = {
  length: 25,
  code: 9.6,
  mathematics: 14.2,
  steps: 12.6,
  thinking: 20.3,
  expertise: 18.8,
  writing: 8.4,
  lookup: -8.2,
  otherLanguage: 3.5,
  images: 17.9,
  smallTalk: -25.9,
  evidence: -1.2,
  history: 2.5,
};

/** Added on top: without it every second question would get a model that is a little too weak. */
export const SAFETY_MARGIN = 8;
