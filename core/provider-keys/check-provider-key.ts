import { AppError, type ErrorCode } from '../errors.ts';
import { findListedName } from '../models/listed-name.ts';
import type { ModelProvider, ProviderAccess } from '../ports/model-provider.ts';
import type { UsualModels } from './own-key-models.ts';

export interface KeyCheck {
  access: ProviderAccess;
  /** The one asked for; null when none was. */
  model: string | null;
  usual: UsualModels;
  provider: ModelProvider;
}

const TRIAL_MS = 20_000;
const SHOWN_MODELS = 10;

/**
 * Whether a key works, before it is kept: by the list of models where that is only for those with a key, otherwise by
 * the shortest of answers.
 * @returns the model to use with it; null for whatever is usual
 * @throws AppError `invalid_request`, `provider_key_rejected`, `provider_rate_limited`, `provider_unavailable`
 */
export async function checkProviderKey({ access, model, usual, provider }: KeyCheck): Promise<string | null> {
  try {
    const { models, provesKey } = await provider.listModels(access);
    const found = findModel({ model, usual, models: models ?? [] });
    if (found && provesKey) return found.model;
    const name = found?.model ?? usual.names[0] ?? '';
    await tryOut(provider, { ...access, model: name }).catch((cause) => {
      if (!found && isOneOf(cause, NOT_THERE)) throw toUnlisted(models ?? [], cause);
      // It let us in, and that is what was asked.
      if (!isOneOf(cause, LET_IN)) throw cause;
    });
    return found?.model ?? null;
  } catch (error) {
    throw error instanceof AppError ? toRefusal(error, access) : error;
  }
}

/**
 * The one to use, null for whatever is usual. Nothing when the list has none of the usual ones: some servers answer by
 * names that they do not list, which only trying shows.
 */
function findModel({ model, usual, models }: { model: string | null; usual: UsualModels; models: string[] }) {
  if (models.length === 0) return { model };
  for (const wanted of model === null ? usual.names : [model]) {
    const listed = findListed(wanted, models);
    if (listed !== null) return { model: listed === wanted && model === null && usual.isNamed ? null : listed };
  }
  if (model !== null) throw toUnlisted(models);
  const [only] = models;
  return models.length === 1 && only ? { model: only } : null;
}

function isOneOf(cause: unknown, codes: ReadonlySet<ErrorCode>): boolean {
  return cause instanceof AppError && codes.has(cause.code);
}

function toUnlisted(models: string[], cause?: unknown): AppError {
  const shown = models.slice(0, SHOWN_MODELS).join(', ');
  const more = models.length > SHOWN_MODELS ? ` and ${models.length - SHOWN_MODELS} more` : '';
  return new AppError('invalid_request', `model must be one that this provider has: ${shown}${more}.`, { cause });
}

/** By whichever reseller, where there are several: whoever brings a key has chosen the server. */
function findListed(wanted: string, models: string[]): string | null {
  return (
    findListedName(wanted, models, { isExact: false }) ?? models.find((name) => name.endsWith(`/${wanted}`)) ?? null
  );
}

async function tryOut(provider: ModelProvider, access: ProviderAccess & { model: string }): Promise<void> {
  const request = {
    system: 'Answer with one word.',
    messages: [{ role: 'user' as const, content: 'Hello' }],
    passages: [],
    maxOutputTokens: 16,
  };
  const signal = AbortSignal.timeout(TRIAL_MS);
  try {
    for await (const _ of (await provider.open(access)).stream(request, { signal })) return;
  } catch (cause) {
    if (signal.aborted) throw new AppError('model_timeout', 'It took too long.', { cause });
    throw cause;
  }
}

/** How servers refuse a model that they do not have. */
const NOT_THERE: ReadonlySet<ErrorCode> = new Set(['model_not_found', 'model_refused']);
const LET_IN: ReadonlySet<ErrorCode> = new Set(['model_interrupted', 'model_refused', 'model_context_overflow']);

/** In words for whoever is saving the key; what the server said stays here, because some repeat the key. */
function toRefusal(error: AppError, { baseUrl, isOperatorsServer }: ProviderAccess): AppError {
  const name = isOperatorsServer ? 'The provider' : new URL(baseUrl).host;
  const { retryAfterSeconds } = error;
  switch (error.code) {
    case 'model_key_invalid':
      return new AppError(
        'provider_key_rejected',
        `${name} refused this key, or has no credit left for it. Check that api_key is copied whole and is still active there.`,
      );
    case 'model_rate_limited':
      return new AppError(
        'provider_rate_limited',
        `${name} limits how often this key may be used, so it could not be checked. Please try again in a moment.`,
        { retryAfterSeconds: retryAfterSeconds ?? 20 },
      );
    case 'model_unavailable':
    case 'model_timeout':
      return new AppError(
        'provider_unavailable',
        `${name} cannot be reached right now, so the key could not be checked and was not saved. Please try again later.`,
      );
    case 'model_not_found':
      return new AppError(
        'invalid_request',
        `base_url and model must belong together: ${name} has no such model there, or is no OpenAI-compatible server.`,
      );
    case 'unsafe_address':
      return new AppError('invalid_request', 'base_url must lead to a public address, not to a private network.');
    case 'fetch_failed':
      return new AppError(
        'invalid_request',
        `base_url must be where the server is: ${name} leads somewhere else, or answers in an encoding that was not asked for.`,
      );
    case 'invalid_request':
      return error;
    default:
      return new AppError(
        'invalid_request',
        `base_url must be an OpenAI-compatible server, such as https://openrouter.ai/api/v1: ${name} answers in another way.`,
      );
  }
}
