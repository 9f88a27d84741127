import { costMicros } from '../models/cost.ts';
import type { CatalogueModel } from '../ports/catalogue-model.ts';
import type { QualityNeed } from './quality-need.ts';

export interface CallEstimate {
  inputTokens: number;
  outputTokens: number;
  hasImages: boolean;
}

export interface ModelChoice {
  /** Whom to ask, and whom to ask next when that fails; never empty. */
  chain: CatalogueModel[];
  /** Why the first one, in words for people. */
  reason: string;
}

/** More than the first and two others would keep people waiting longer than they wait. */
const LONGEST_CHAIN = 3;
/** What a short answer takes. */
const SHORTEST_ANSWER_TOKENS = 300;
/** Whoever may stand in has to be affordable at length: what is held is for the dearest, and bounds what all may write. */
const LONG_ANSWER_TOKENS = 2000;

export interface ChooseOptions {
  models: readonly CatalogueModel[];
  needed: QualityNeed;
  call: CallEstimate;
  /** What may be spent at most; absent where nobody counts. */
  budgetMicros?: number;
}

/**
 * The cheapest model that is good enough; where none is, the best one. What does not see images that are there, has too
 * small a window, or costs more than there is, is no choice; nor, where money is counted, what has no known price.
 * Where nothing is affordable it is the cheapest, so that whoever keeps the money can say what is missing.
 * @returns null where no model is left
 */
export function chooseModel({ models, needed, call, budgetMicros }: ChooseOptions): ModelChoice | null {
  const able = models.filter((model) => (model.seesImages || !call.hasImages) && fits(model, call));
  const pays = (model: CatalogueModel, outputTokens: number) =>
    budgetMicros === undefined || isAffordable(model, { ...call, outputTokens }, budgetMicros);
  const affordable = able.filter((model) => pays(model, SHORTEST_ANSWER_TOKENS));
  if (affordable.length === 0)
    return chooseCheapest(
      able.filter(({ price }) => price !== null),
      call,
    );
  const goodEnough = affordable.filter(({ quality }) => quality >= needed.need).toSorted(byCost(call));
  const tooWeak = affordable
    .filter(({ quality }) => quality < needed.need)
    .toSorted((a, b) => b.quality - a.quality || byCost(call)(a, b));
  const [first, ...others] = [...goodEnough, ...tooWeak];
  if (!first) return null;
  return {
    chain: [
      first,
      ...chooseFallbacks(
        first,
        others.filter((model) => pays(model, LONG_ANSWER_TOKENS)),
      ),
    ],
    reason: explain({ first, needed, goodEnough: goodEnough.length, isPoor: affordable.length < able.length }),
  };
}

function chooseCheapest(models: CatalogueModel[], call: CallEstimate): ModelChoice | null {
  const [cheapest] = models.toSorted(byCost(call));
  return cheapest ? { chain: [cheapest], reason: `${cheapest.id} costs least.` } : null;
}

/** In their order; but a whole server can fail, so one of them lives elsewhere where any does. */
function chooseFallbacks(first: CatalogueModel, others: CatalogueModel[]): CatalogueModel[] {
  const next = others.slice(0, LONGEST_CHAIN - 1);
  const elsewhere = others.find(({ server }) => server !== first.server);
  if (!elsewhere || next.includes(elsewhere)) return next;
  return [...next.slice(0, LONGEST_CHAIN - 2), elsewhere];
}

function fits(model: CatalogueModel, call: CallEstimate): boolean {
  return call.inputTokens + Math.min(call.outputTokens, model.maxOutputTokens) <= model.contextTokens;
}

function isAffordable({ price }: CatalogueModel, call: CallEstimate, budgetMicros: number): boolean {
  return price !== null && costMicros({ usage: call, price }) <= budgetMicros;
}

/** Unknown prices come last; of two that cost the same, the better one first. */
function byCost(call: CallEstimate) {
  const cost = ({ price }: CatalogueModel) => (price ? costMicros({ usage: call, price }) : Number.MAX_SAFE_INTEGER);
  return (a: CatalogueModel, b: CatalogueModel) => cost(a) - cost(b) || b.quality - a.quality;
}

function explain(choice: { first: CatalogueModel; needed: QualityNeed; goodEnough: number; isPoor: boolean }): string {
  const { first, needed, goodEnough, isPoor } = choice;
  const because = needed.because.length > 0 ? `, for ${listing(needed.because)}` : '';
  const need = `This question needs a quality of about ${needed.need} of 100${because}.`;
  const has = `${first.id} has ${first.quality}`;
  if (goodEnough > 1) return `${need} ${has} and costs least of the ${goodEnough} models that are good enough.`;
  if (goodEnough === 1) return `${need} ${has}; no other model is good enough.`;
  return `${need} ${has}, the most of those ${isPoor ? 'that what is left pays for' : 'there are'}.`;
}

function listing(words: string[]): string {
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${words.at(-1)}` : words.join('');
}
