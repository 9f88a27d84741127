import { countFeatures, type PartFeatures, toPartFeatures } from '../core/retrieval/small-talk-features.ts';
import { type LabelledMessage, withTalkBefore } from './small-talk-messages.ts';

/** For talk and for reply, against a question. */
export type SmallTalkCoefficients = Record<string, [number, number]>;

const ROUNDS = 150;
const STEP = 0.5;
/** Pulls coefficients to nothing, so that a feature of few messages explains little. */
const RIDGE = 0.15;
const LEAST_COEFFICIENT = 0.15;
/** A word that only questions have says no more than an unknown one, unless it is in so many of them. */
const COMMON = 4;
/** How much each message counts whole, without its names, and without the words that no other message has. */
const QUESTION_SHOWN = { whole: 1.5, withoutNames: 0, withoutRare: 1.5 };
const COURTESY_SHOWN = { whole: 1, withoutNames: 1, withoutRare: 0.2 };

interface Example {
  counts: Map<string, number>;
  /** One for talk and for reply; both 0 for a question. */
  target: [number, number];
  weight: number;
}

/**
 * Logistic regression over three kinds of messages by gradient descent. What people ask about is without end, what they
 * say out of courtesy is not: each question is shown twice, once with the words that no other message has taken for
 * unknown ones, and of courtesies only the names are. That is how it learns what an unknown word tells.
 */
export function fitSmallTalk(messages: LabelledMessage[]): SmallTalkCoefficients {
  const partsOf = (some: LabelledMessage[]) => some.flatMap(({ message }) => toPartFeatures(message));
  const occurrences = countOccurrences(partsOf(messages));
  const courteous = countOccurrences(partsOf(messages.filter(({ kind }) => kind !== 'question')));
  // Who asks may greet first: it is the last part that asks.
  const read = withTalkBefore(messages, ' ').flatMap(({ kind, message }) => {
    const parts = toPartFeatures(message);
    return (kind === 'question' ? parts.slice(-1) : parts).map((features) => ({ kind, features }));
  });
  const isAnywhere = (name: string) => courteous.has(name) || (occurrences.get(name) ?? 0) >= COMMON;
  const isCommon = (name: string) => isAnywhere(name) && (occurrences.get(name) ?? 0) > 1;
  const isCommonOrNoName = (name: string, isName: boolean) => isAnywhere(name) && (!isName || isCommon(name));
  const examples = read.flatMap(({ kind, features }) => {
    const target: [number, number] = [kind === 'talk' ? 1 : 0, kind === 'reply' ? 1 : 0];
    const shown = kind === 'question' ? QUESTION_SHOWN : COURTESY_SHOWN;
    const ways = { whole: isAnywhere, withoutNames: isCommonOrNoName, withoutRare: isCommon };
    return Object.entries(ways).map(([way, isKnown]): Example => {
      return { counts: countFeatures(features, isKnown), target, weight: shown[way as keyof typeof ways] };
    });
  });
  return rounded(descend(examples));
}

function countOccurrences(all: PartFeatures[]): Map<string, number> {
  const occurrences = new Map<string, number>();
  for (const { named } of all) {
    for (const name of new Set(named.flatMap(({ names }) => names))) {
      occurrences.set(name, (occurrences.get(name) ?? 0) + 1);
    }
  }
  return occurrences;
}

/** AdaGrad: each coefficient has its own, ever smaller steps. */
function descend(examples: Example[]): SmallTalkCoefficients {
  const coefficients: SmallTalkCoefficients = {};
  const squares: SmallTalkCoefficients = {};
  for (let round = 0; round < ROUNDS; round++) {
    const gradient = toGradient(examples, coefficients);
    for (const [feature, slopes] of gradient) {
      const own = coefficients[feature] ?? [0, 0];
      const past = squares[feature] ?? [1e-6, 1e-6];
      for (const k of [0, 1] as const) {
        const slope = slopes[k] + (feature.startsWith('#') ? 0 : RIDGE * own[k]);
        past[k] += slope ** 2;
        own[k] -= (STEP * slope) / Math.sqrt(past[k]);
      }
      coefficients[feature] = own;
      squares[feature] = past;
    }
  }
  return coefficients;
}

function toGradient(examples: Example[], coefficients: SmallTalkCoefficients): Map<string, [number, number]> {
  const gradient = new Map<string, [number, number]>();
  for (const { counts, target, weight } of examples) {
    const sums: [number, number] = [0, 0];
    for (const [feature, count] of counts) {
      for (const k of [0, 1] as const) sums[k] += (coefficients[feature]?.[k] ?? 0) * count;
    }
    const total = 1 + Math.exp(sums[0]) + Math.exp(sums[1]);
    for (const [feature, count] of counts) {
      const slopes = gradient.get(feature) ?? [0, 0];
      for (const k of [0, 1] as const) slopes[k] += weight * count * (Math.exp(sums[k]) / total - target[k]);
      gradient.set(feature, slopes);
    }
  }
  return gradient;
}

function rounded(coefficients: SmallTalkCoefficients): SmallTalkCoefficients {
  const kept = Object.entries(coefficients)
    .filter(([feature, pair]) => feature.startsWith('#') || pair.some((value) => Math.abs(value) >= LEAST_COEFFICIENT))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    kept.map(([feature, [talk, reply]]) => [feature, [Math.round(talk * 100) / 100, Math.round(reply * 100) / 100]]),
  );
}
