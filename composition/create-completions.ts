import type { Config } from '../config.ts';
import { type Completions, createCompletions } from '../core/completions/completions.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { TurnObserver } from '../core/ports/turn-observer.ts';
import { AUTO } from '../core/routing/fixed-model.ts';
import type { AnswerPayments } from '../core/wallet/answer-payments.ts';
import type { Models } from './create-models.ts';
import { hasChatModel, toModelOptions, toUnpricedModel } from './model-settings.ts';

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
  const { catalogue, servers, router, offered } = models;
  if (!hasChatModel(config)) return null;
  const { createOpenAiCompletionServers } = await import('../core/adapters/openai-completion-servers.ts');
  return createCompletions({
    ...parts,
    catalogue,
    servers,
    router,
    offered,
    note: models.note,
    completionServers: createOpenAiCompletionServers({
      limitName: (baseUrl) => toModelOptions(config, { baseUrl, logger }).maxTokensParameter,
      idleTimeoutMs: config.CHAT_IDLE_SECONDS * 1000,
      totalTimeoutMs: config.CHAT_TIMEOUT_SECONDS * 1000,
    }),
    usualModel: config.CHAT_MODEL === AUTO ? null : toUnpricedModel(config, config.CHAT_MODEL),
    usualOutputTokens: config.CHAT_MAX_OUTPUT_TOKENS,
    logger,
  });
}
