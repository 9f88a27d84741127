import { AppError } from '../errors.ts';
import type { CatalogueVersion } from '../models/catalogue.ts';
import { IMAGE_TOKENS } from '../models/image-tokens.ts';
import type { OfferedModels } from '../models/offered-models.ts';
import type { RoutedQuestion, TurnModelRequest } from '../ports/turn-model.ts';
import { type CallEstimate, chooseModel, type ModelChoice } from './choose-model.ts';
import type { PastOutcomes } from './past-outcomes.ts';
import { predictNeed } from './quality-need.ts';
import { toFeatures } from './question-features.ts';

export type RouteRequest = Pick<TurnModelRequest, 'question' | 'imageUrls' | 'history' | 'found' | 'budgetMicros'>;

export interface Route extends ModelChoice {
  routed: RoutedQuestion;
}

/** Of the system prompt, before any passage. */
const SYSTEM_TOKENS = 450;
/** Longer histories are cut to this before they are sent. */
const MOST_HISTORY_TOKENS = 16_000;
/** In most languages a token has about four bytes; fewer are counted on, so that a window is not found too small later. */
const BYTES_PER_TOKEN = 3;

export type Router = ReturnType<typeof createRouter>;

/** Chooses a model for each question: the cheapest that is good enough for it. */
export function createRouter({ offered, outcomes }: { offered: Pick<OfferedModels, 'among'>; outcomes: PastOutcomes }) {
  return {
    /** @throws AppError `model_unavailable` where no model of the catalogue can answer this */
    async route(request: RouteRequest, version: CatalogueVersion): Promise<Route> {
      const features = toFeatures({
        question: request.question,
        images: request.imageUrls.length,
        outcome: request.found.outcome,
        confidence: request.found.confidence,
        historyTurns: request.history.length / 2,
      });
      const predicted = predictNeed(features);
      const qualityOf = (id: string) => version.models.find((model) => model.id === id)?.quality ?? null;
      const needed = predictNeed(features, outcomes.adjustment(predicted, qualityOf));
      const choice = chooseModel({
        models: await offered.among(version),
        needed,
        call: estimate(request, needed.need),
        budgetMicros: request.budgetMicros,
      });
      if (choice) return { ...choice, routed: { kind: predicted.kind, need: predicted.need } };
      throw new AppError('model_unavailable', noModel(request));
    },
  };
}

function noModel({ imageUrls, budgetMicros }: RouteRequest): string {
  if (imageUrls.length > 0) return 'None of the language models here can look at images. Please ask without one.';
  if (budgetMicros !== undefined) return 'None of the language models here has a price, so nobody can pay for them.';
  return 'None of the language models here can answer this. Please shorten it, or tell whoever runs this.';
}

/** Before it is known what fits: close enough to compare models by. */
function estimate({ question, imageUrls, history, found }: RouteRequest, need: number): CallEstimate {
  const bytes = (texts: readonly string[]) => texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const historyTokens = bytes(history.map(({ content }) => content)) / BYTES_PER_TOKEN;
  const asked = bytes([question, ...found.passages.map(({ text }) => text)]) / BYTES_PER_TOKEN;
  return {
    inputTokens: Math.ceil(
      SYSTEM_TOKENS + asked + Math.min(historyTokens, MOST_HISTORY_TOKENS) + imageUrls.length * IMAGE_TOKENS,
    ),
    // What demands more is answered at more length: 90 tokens for a fact, a thousand for a design.
    outputTokens: Math.round(40 + (need / 100) ** 3 * 1200),
    hasImages: imageUrls.length > 0,
  };
}
