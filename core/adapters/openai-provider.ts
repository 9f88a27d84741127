import type { LookupFunction } from 'node:net';
import { AppError, type ErrorCode } from '../errors.ts';
import { createGuardedFetch } from '../net/guarded-fetch.ts';
import type { ModelProvider, ProviderAccess } from '../ports/model-provider.ts';
import { createOpenAiClient } from './openai-client.ts';
import { toModelError } from './openai-errors.ts';
import { createOpenAiModel, type OpenAiModelOptions } from './openai-model.ts';
import { listModels } from './openai-model-list.ts';

export interface OpenAiProviderOptions {
  allowPrivateHosts: readonly string[];
  /** The operator's server, which is reached wherever it is. */
  operatorsBaseUrl: string;
  /** Resolves names; the system's resolver when absent. */
  lookup?: LookupFunction;
  /** What is the same for all models. */
  toModelOptions(baseUrl: string): Omit<OpenAiModelOptions, 'baseUrl' | 'apiKey' | 'model' | 'fetch'>;
}

const LIST_MS = 10_000;
/** Far more than the longest answer, in chunks of one token each. */
const MAX_BYTES = 32_000_000;
/** Keys are random: this is nobody's. */
const NO_KEY = 'none';

/** Any server with OpenAI's interface, reached over connections that lead to public addresses only. */
export function createOpenAiProvider(options: OpenAiProviderOptions): ModelProvider {
  const { allowPrivateHosts, lookup } = options;
  const operatorsHost = new URL(options.operatorsBaseUrl).host;
  const open = (hosts: readonly string[]) =>
    createGuardedFetch({ allowPrivateHosts: hosts, ...(lookup && { lookup }), maxBytes: MAX_BYTES });
  const guarded = open(allowPrivateHosts);
  const operators = open([...allowPrivateHosts, operatorsHost]);
  const fetchFor = ({ isOperatorsServer }: ProviderAccess) => (isOperatorsServer ? operators : guarded);

  /** Null where the server does not list: that is no fault. */
  async function list(access: ProviderAccess): Promise<string[] | null> {
    const client = createOpenAiClient({ ...access, fetch: fetchFor(access) });
    return listModels(client, { timeoutMs: LIST_MS }).catch((cause) => {
      throw toProviderError(cause);
    });
  }

  return {
    async listModels(access) {
      const models = await list(access);
      // Some list for everybody: only if another key is refused was this one looked at.
      const provesKey = models !== null && (await isRefused(list({ ...access, apiKey: NO_KEY })));
      return { models, provesKey };
    },

    async open(access, limits) {
      const { apiKey, baseUrl, model } = access;
      const usual = options.toModelOptions(baseUrl);
      const written = createOpenAiModel({
        ...usual,
        contextTokens: limits?.contextTokens ?? usual.contextTokens,
        maxOutputTokens: Math.min(limits?.maxOutputTokens ?? usual.maxOutputTokens, usual.maxOutputTokens),
        apiKey,
        baseUrl,
        model,
        fetch: fetchFor(access),
      });
      return {
        ...written,
        async *stream(request, { signal }) {
          try {
            yield* written.stream(request, { signal });
          } catch (error) {
            signal.throwIfAborted();
            throw toProviderError(error);
          }
        },
      };
    },
  };
}

async function isRefused(listing: Promise<unknown>): Promise<boolean> {
  try {
    await listing;
    return false;
  } catch (error) {
    return error instanceof AppError && error.code === 'model_key_invalid';
  }
}

const OURS: ReadonlySet<ErrorCode> = new Set(['unsafe_address', 'fetch_failed', 'payload_too_large']);

/** A connection that we refused ourselves says more than that there is none. */
function toProviderError(failure: unknown): AppError {
  for (let error = failure; error instanceof Error; error = error.cause) {
    if (error instanceof AppError && OURS.has(error.code)) return error;
  }
  return toModelError(failure, { hasStarted: false, timedOut: false });
}
