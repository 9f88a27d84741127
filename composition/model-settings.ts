import type { Config } from '../config.ts';
import type { CatalogueModel } from '../core/ports/catalogue-model.ts';
import type { Logger } from '../core/ports/logger.ts';
import { AUTO } from '../core/routing/fixed-model.ts';

/** Whether a language model writes the answers; otherwise they are quoted. */
export function hasChatModel(config: Config): boolean {
  return config.OPENAI_API_KEY !== undefined || config.OPENAI_BASE_URL !== undefined;
}

/** Who writes the answers, as it is told to the operator. */
export function describeChatModel({ CHAT_MODEL, MODELS_FILE }: Config): string {
  return CHAT_MODEL === AUTO ? `the models of ${MODELS_FILE}, as each question needs` : CHAT_MODEL;
}

/** Where the operator's model is, and keys of one's own that come without an address. */
export function operatorsBaseUrl(config: Config): string {
  return config.OPENAI_BASE_URL ?? 'https://api.openai.com/v1';
}

/** What is the same for all models of all servers, whoever pays for them. */
export function toModelOptions(config: Config, { baseUrl, logger }: { baseUrl: string; logger: Logger }) {
  const isOpenAi = new URL(baseUrl).hostname === 'api.openai.com';
  return {
    contextTokens: config.CHAT_CONTEXT_TOKENS,
    maxOutputTokens: config.CHAT_MAX_OUTPUT_TOKENS,
    maxTokensParameter:
      config.CHAT_MAX_TOKENS_PARAMETER ?? (isOpenAi ? ('max_completion_tokens' as const) : ('max_tokens' as const)),
    idleTimeoutMs: config.CHAT_IDLE_SECONDS * 1000,
    totalTimeoutMs: config.CHAT_TIMEOUT_SECONDS * 1000,
    logger,
  };
}

/** A model of the operator's server that is in no table: its price is not known, and the settings say what it can hold. */
export function toUnpricedModel(config: Config, name: string): CatalogueModel {
  return {
    id: name,
    upstreamName: name,
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
