import type { ChatModel } from './chat-model.ts';

/** A key, and the server with OpenAI's interface that it is for. */
export interface ProviderAccess {
  apiKey: string;
  /** Without a slash at its end. */
  baseUrl: string;
  /** The operator's own server, which may be on a private network; any other has to be public. */
  isOperatorsServer: boolean;
}

export interface ModelList {
  /** Names of models; null where the server lists none. */
  models: string[] | null;
  /** Whether the server lists them for this key only, so that the list proves the key. */
  provesKey: boolean;
}

/** What a model can take, input and output together, and give. */
export interface ModelLimits {
  contextTokens: number;
  maxOutputTokens: number;
}

/**
 * Servers that people bring keys for. Redirects are never followed with a key. What servers say may hold the key:
 * causes of errors are not for logs.
 */
export interface ModelProvider {
  /** @throws AppError `model_*`, `unsafe_address`, `fetch_failed` for a redirect, `payload_too_large`, `unreadable_document` for what is no list */
  listModels(access: ProviderAccess): Promise<ModelList>;
  /** Its `stream` throws as `listModels` does. */
  open(access: ProviderAccess & { model: string }, limits?: ModelLimits | null): Promise<ChatModel>;
}
