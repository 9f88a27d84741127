import { BASE_NEED, NEED_OF, SAFETY_MARGIN } from './need-coefficients.ts';
import type { QuestionFeatures } from './question-features.ts';

export const QUESTION_KINDS = [
  'small_talk',
  'image',
  'mathematics',
  'code',
  'writing',
  'judgement',
  'fact',
  'other',
] as const;

/** The coarse kind by which questions count as similar. */
export type QuestionKind = (typeof QUESTION_KINDS)[number];

export interface QualityNeed {
  /** 0 to 100, on the scale of the catalogue's `quality`. */
  need: number;
  kind: QuestionKind;
  /** What raised it most, in words for people, strongest first. */
  because: string[];
}

/** No question is so plain that any model will do, and none so hard that there is no model for it. */
const LEAST = 10;
const MOST = 95;
const MOST_REASONS = 3;
/** What shows more faintly than this was not the reason. */
const FAINTEST = 0.3;

const WORDS: Partial<Record<keyof QuestionFeatures, string>> = {
  length: 'its length',
  code: 'code',
  mathematics: 'mathematics',
  steps: 'several steps',
  thinking: 'judgement',
  expertise: 'a field for experts',
  writing: 'a text to write',
  otherLanguage: 'its language',
  images: 'images',
};

/**
 * Predicts how good a model has to be for a question.
 * @param adjustment points that similar questions of the past add or take away
 */
export function predictNeed(features: QuestionFeatures, adjustment = 0): QualityNeed {
  const points = Object.entries(features).map(([name, strength]) => {
    const feature = name as keyof QuestionFeatures;
    return { feature, strength, points: NEED_OF[feature] * strength };
  });
  const need = points.reduce((sum, each) => sum + each.points, BASE_NEED + SAFETY_MARGIN + adjustment);
  const because = points
    .filter((each) => each.strength >= FAINTEST && each.points > 0)
    .toSorted((a, b) => b.points - a.points)
    .flatMap(({ feature }) => WORDS[feature] ?? [])
    .slice(0, MOST_REASONS);
  if (adjustment >= 1) because.push('what was said of answers to similar questions');
  return { need: Math.round(Math.min(MOST, Math.max(LEAST, need))), kind: toKind(features), because };
}

function toKind(features: QuestionFeatures): QuestionKind {
  if (features.smallTalk > 0) return 'small_talk';
  if (features.images > 0) return 'image';
  if (features.mathematics >= 0.5) return 'mathematics';
  if (features.code >= 0.4) return 'code';
  if (features.writing > 0) return 'writing';
  if (features.thinking >= 0.6 || features.expertise >= 0.5) return 'judgement';
  return features.lookup > 0 ? 'fact' : 'other';
}
