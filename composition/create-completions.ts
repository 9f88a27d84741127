import type { Config } from '../config.ts';
import { type Completions, createCompletions } from '../core/completions/completions.ts';
import type { CatalogueModel } from '../core/ports/catalogue-model.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { TurnObserver } from '../core/ports/turn-observer.ts';
import { AUTO } from '../core/routing/fixed-model.ts';
import type { AnswerPayments } from '../core/wallet/answer-payments.ts';
import type { Models } from './create-models.ts';
import { hasChatModel, toModelOptions } from './model-settings.ts';

interface CompletionsParts {
  models: Models;
  payments: AnswerPayments;
  observer: TurnObserver;
  logger: Logger;
}

/** Null where no language model is set up: then there is nothing to pass on. */
export async function createOperatorsCompletions(
  config: Config,
  { models, logger, ...parts }: CompletionsParts,
): Promise<Completions | null> {
  const { catalogue, servers, router } = models;
  if (!hasChatModel(config)) return null;
  const { createOpenAiCompletionServers } = await import('../core/adapters/openai-completion-servers.ts');
  return createCompletions({
    ...parts,
    catalogue,
    servers,
    router,
    completionServers: createOpenAiCompletionServers({
      limitName: (baseUrl) => toModelOptions(config, { baseUrl, logger }).maxTokensParameter,
      idleTimeoutMs: config.CHAT_IDLE_SECONDS * 1000,
      totalTimeoutMs: config.CHAT_TIMEOUT_SECONDS * 1000,
    }),
    usualModel: toUsualModel(config),
    usualOutputTokens: config.CHAT_MAX_OUTPUT_TOKENS,
    logger,
  });
}

/** The model of the settings, for a server whose models are in no catalogue; its price is not known. */
function toUsualModel(config: Config): CatalogueModel | null {
  if (config.CHAT_MODEL === AUTO) return null;
  return {
    id: config.CHAT_MODEL,
    upstreamName: config.CHAT_MODEL,
    server: 'OPENAI_BASE_URL',
    apiKeySetting: 'OPENAI_API_KEY',
    price: null,
    contextTokens: config.CHAT_CONTEXT_TOKENS,
    maxOutputTokens: config.CHAT_MAX_OUTPUT_TOKENS,
    seesImages: true,
    quality: 0,
    retiresOn: null,
    source: '',
    pricedOn: '',
  };
}
