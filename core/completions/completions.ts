import type { UsedKey } from '../api-keys/key-caps.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import type { Catalogue, CatalogueVersion } from '../models/catalogue.ts';
import type { OfferedModels } from '../models/offered-models.ts';
import { toldToOperator } from '../models/operators-fault.ts';
import type { CatalogueModel } from '../ports/catalogue-model.ts';
import type { TokenUsage } from '../ports/chat-model.ts';
import type { CompletionServers } from '../ports/completion-servers.ts';
import type { Logger } from '../ports/logger.ts';
import type { VersionedPrice } from '../ports/model-price.ts';
import type { ModelServers } from '../ports/model-servers.ts';
import type { TurnObserver } from '../ports/turn-observer.ts';
import { AUTO } from '../routing/fixed-model.ts';
import type { Router } from '../routing/router.ts';
import type { AnswerPayments, Payment } from '../wallet/answer-payments.ts';
import type { Spending } from '../wallet/spending.ts';
import type { UsageOf } from '../wallet/usage-repository.ts';
import { beginWith, untilDone } from './answer-bytes.ts';
import { createAskForUsage } from './ask-for-usage.ts';
import {
  type CompletionRequest,
  carefulInputTokens,
  countInputTokens,
  findUnpriced,
  lastQuestion,
  mostInputTokens,
  textHistory,
} from './completion-request.ts';
import { RefusedRequest } from './refused-request.ts';
import { createStreamTap, type Tap } from './stream-tap.ts';
import { createWholeTap } from './whole-tap.ts';

export interface CompletionsOptions {
  catalogue: Catalogue;
  servers: ModelServers;
  router: Router;
  offered: Pick<OfferedModels, 'among' | 'isListed'>;
  completionServers: CompletionServers;
  payments: AnswerPayments;
  /** Of the settings; for a server whose models are in no catalogue. */
  usualModel: CatalogueModel | null;
  /** Longest answer where the caller says nothing and somebody pays. */
  usualOutputTokens: number;
  observer: Pick<TurnObserver, 'modelFinished'>;
  /** Told what became of each call; null where it was answered. */
  note(error: AppError | null): void;
  logger: Logger;
}

export interface CompletionAsker {
  userId: string;
  apiKey?: UsedKey | undefined;
  signal: AbortSignal;
}

export interface Completion {
  contentType: string;
  /** The bytes for the caller. What they cost is settled when the loop over them ends, however it does. */
  bytes: AsyncIterable<Buffer>;
}

/** A call that is being answered. */
interface Asked {
  request: CompletionRequest;
  asker: CompletionAsker;
  payment: Payment;
  model: CatalogueModel;
  version: string;
  tap: Tap;
  startedAt: number;
}

/** Whom to ask, one after the other, and the version of the catalogue that their prices are of. */
interface Candidates {
  chain: CatalogueModel[];
  version: string;
}

export type Completions = ReturnType<typeof createCompletions>;

/** How often it is kept in mind what has been delivered. */
const NOTE_MS = 2000;

/** Troubles of one server that another one may not have. */
const WORTH_ANOTHER: readonly ErrorCode[] = [
  'model_rate_limited',
  'model_unavailable',
  'model_timeout',
  'model_not_found',
  'model_key_invalid',
];

/** Models of the catalogue in the words of OpenAI's interface, paid for by whoever asks. */
export function createCompletions(options: CompletionsOptions) {
  const { catalogue, servers, router, completionServers, payments, observer } = options;
  const logger = options.logger.child({ part: 'completions' });
  const send = createAskForUsage(completionServers);

  async function choose(request: CompletionRequest, userId: string): Promise<Candidates> {
    const version = await catalogue.read();
    if (request.model === AUTO) {
      // Nobody has looked whether documents would help: it may be small talk or not.
      const found = { outcome: 'unavailable' as const, passages: [], confidence: 0 };
      const budgetMicros = await payments.budgetMicros(userId);
      const asked = { ...lastQuestion(request), history: textHistory(request), found, budgetMicros };
      return { chain: (await router.route(asked, version)).chain, version: version.version };
    }
    const model = (await allOf(version)).find(({ id }) => id === request.model) ?? usualOf(request.model);
    if (!model || servers.find(model) === null) {
      const message = `The model ${JSON.stringify(request.model)} does not exist or you do not have access to it. GET /v1/models lists those you have.`;
      throw new AppError('model_unknown', message, { field: 'model' });
    }
    return { chain: [model], version: version.version };
  }

  async function allOf(version: CatalogueVersion): Promise<CatalogueModel[]> {
    const { usualModel, offered } = options;
    const models = await offered.among(version);
    const isMissing = usualModel !== null && !models.some(({ id }) => id === usualModel.id);
    return isMissing && (await offered.isListed(usualModel)) !== false ? [usualModel, ...models] : models;
  }

  /** What the operator has named answers to its name, whatever its server lists. */
  function usualOf(name: string): CatalogueModel | null {
    return options.usualModel?.id === name ? options.usualModel : null;
  }

  async function pay(
    request: CompletionRequest,
    { chain, version }: Candidates,
    { userId, apiKey, signal }: CompletionAsker,
  ) {
    const unpriced = findUnpriced(request);
    if (unpriced !== null && (payments.isOn || apiKey?.isCapped)) {
      const message = `What this costs with ${unpriced} is not known, so it is not used where somebody pays. Leave it out.`;
      throw new AppError('invalid_request', message, { field: unpriced });
    }
    const longest = Math.min(...chain.map(({ maxOutputTokens }) => maxOutputTokens));
    const perChoice = request.max_completion_tokens ?? request.max_tokens ?? options.usualOutputTokens;
    return payments.begin({
      userId,
      turnId: null,
      attempts: 1,
      isPrivate: true,
      payer: 'operator',
      modelId: request.model,
      prices: chain.map((model) => toPrice(model, version)),
      apiKey,
      costsNothing: false,
      inputTokens: { most: mostInputTokens(request), careful: () => carefulInputTokens(request) },
      maxOutputTokens: Math.min(perChoice, longest) * (request.n ?? 1),
      signal,
    });
  }

  /** Asks one after the other until one begins to answer. */
  async function askChain(request: CompletionRequest, chain: CatalogueModel[], payment: Payment, signal: AbortSignal) {
    for (const [at, model] of chain.entries()) {
      try {
        return { model, answer: await ask(request, model, payment, signal) };
      } catch (error) {
        const isWorth = error instanceof AppError && WORTH_ANOTHER.includes(error.code) && at < chain.length - 1;
        if (!isWorth) throw error;
        logger.warn({ model: model.id, next: chain[at + 1]?.id, code: error.code }, 'another model is asked');
      }
    }
    throw new Error('a chain of models has to have one');
  }

  async function ask(request: CompletionRequest, model: CatalogueModel, payment: Payment, signal: AbortSignal) {
    const server = servers.find(model);
    if (!server) throw new AppError('model_not_found', `The model ${model.id} is not set up here.`);
    const isStream = request.stream === true;
    const body = {
      ...request,
      model: model.upstreamName,
      ...(isLimited(payment) && limitOf(request, payment, completionServers.limitName(server))),
    };
    const answer = await send(server, body, { isStream, signal });
    const begun = await beginWith(answer, { isStream });
    if (!begun.isWhole && begun.look.countDelivered() === 0) throwReported(begun.look);
    return begun;
  }

  function toSpending({ asker: _, ...asked }: Asked, spent: TokenUsage): Spending {
    const served = { modelId: asked.model.id, price: toPrice(asked.model, asked.version) };
    return payments.toSpending(asked.payment, spent, served);
  }

  async function settle(asked: Asked): Promise<void> {
    const spent = asked.tap.usage() ?? countedUsage(asked);
    observer.modelFinished(performance.now() - asked.startedAt, spent);
    const spending = spent && toSpending(asked, spent);
    if (spending) await payments.settleCall(asked.payment, spending, usageOf(asked));
    else await payments.settle(asked.payment, null);
  }

  /** Should this process die, what had been delivered is charged. */
  async function noteDelivered(asked: Asked): Promise<void> {
    const spent = countedUsage(asked);
    if (spent) await payments.noteDelivered(asked.payment, toSpending(asked, spent), usageOf(asked));
  }

  async function* through(body: AsyncIterable<Buffer>, asked: Asked): AsyncGenerator<Buffer> {
    const { tap } = asked;
    let notedAt = asked.startedAt;
    let last: Buffer;
    try {
      for await (const bytes of untilDone(body, tap)) {
        const shown = tap.push(bytes);
        if (shown.length > 0) yield shown;
        throwReported(tap);
        if (asked.payment.holdId !== null && performance.now() - notedAt > NOTE_MS) {
          notedAt = performance.now();
          await noteDelivered(asked);
        }
      }
      last = tap.end();
      throwReported(tap);
    } finally {
      await settle(asked);
    }
    // An answer in one piece comes here only: what could not be charged is refused, and not half delivered.
    if (last.length > 0) yield last;
    // A connection that a proxy closed looks like an end, and clients would take it for one.
    if (!tap.isWhole()) throw new AppError('model_interrupted', 'The answer broke off. Please try again.');
  }

  /** @throws AppError in our own words: what servers report can hold keys, addresses and what others wrote */
  function throwReported(tap: Tap): void {
    const reported = tap.trouble();
    if (reported !== null) throw completionServers.toError(reported, { hasStarted: tap.countDelivered() > 0 });
  }

  return {
    /** The models that are set up here, by their ids. */
    async list(): Promise<string[]> {
      return (await allOf(await catalogue.read())).map(({ id }) => id);
    },

    /**
     * Resolves when a model has begun to answer.
     * @throws AppError `invalid_request`, `model_unknown`, `balance_too_low`, `model_price_unknown`, `model_*`; RefusedRequest
     */
    async complete(request: CompletionRequest, asker: CompletionAsker): Promise<Completion> {
      const startedAt = performance.now();
      const candidates = await choose(request, asker.userId);
      const payment = await pay(request, candidates, asker);
      const { model, answer } = await askChain(request, candidates.chain, payment, asker.signal).catch(
        async (error) => {
          if (error instanceof AppError && !(error instanceof RefusedRequest)) options.note(error);
          const told = error instanceof AppError ? toldToOperator(error) : null;
          if (told !== null) logger.error({ model: request.model, code: error.code }, told);
          await payments.settle(payment, null);
          throw error;
        },
      );
      options.note(null);
      const hidesUsage = request.stream_options?.include_usage !== true;
      const tap = answer.isWhole ? createWholeTap() : createStreamTap({ hidesUsage });
      const asked = { request, asker, payment, model, version: candidates.version, tap, startedAt };
      return { contentType: answer.contentType, bytes: through(answer.body, asked) };
    },
  };
}

function toPrice({ price }: CatalogueModel, version: string): VersionedPrice | null {
  return price && { ...price, version };
}

function usageOf({ asker: { userId, apiKey } }: Pick<Asked, 'asker'>): UsageOf {
  return { turnId: null, userId, platform: 'api', space: null, apiKeyId: apiKey?.id };
}

/** Null where nothing was delivered: then nothing is charged. */
function countedUsage({ request, tap }: Pick<Asked, 'request' | 'tap'>): TokenUsage | null {
  const outputTokens = tap.countDelivered();
  return outputTokens === 0 ? null : { inputTokens: countInputTokens(request), outputTokens };
}

function isLimited({ holdId, capHoldId }: Payment): boolean {
  return holdId !== null || capHoldId !== null;
}

/** An answer no longer than there is money for, by the name that the caller has used for it. */
function limitOf(request: CompletionRequest, { maxOutputTokens }: Payment, usualName: string) {
  const limit = Math.floor(maxOutputTokens / (request.n ?? 1));
  if (request.max_completion_tokens) return { max_completion_tokens: limit };
  return request.max_tokens ? { max_tokens: limit } : { [usualName]: limit };
}
