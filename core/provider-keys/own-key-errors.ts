import { AppError, type ErrorCode } from '../errors.ts';

/** Until when a provider's own limit has passed, where it does not say. */
const RATE_LIMIT_SECONDS = 20;

type ToSentence = (accountUrl: string) => string;

/** What the person whose key it is reads, by what the model's adapter said; null where it is not about the key. */
const TROUBLES: Partial<Record<ErrorCode, [ErrorCode, ToSentence]>> = {
  model_key_invalid: [
    'provider_key_rejected',
    (url) =>
      `Your provider refused your own model key, or has no credit left for it. Check it there, or replace or remove it at ${url}.`,
  ],
  model_not_found: [
    'provider_key_rejected',
    (url) => `Your provider has no such model for your own key. Choose another one at ${url}.`,
  ],
  model_rate_limited: [
    'provider_rate_limited',
    () => 'Your provider limits how often your own model key may be used. Please wait a little and ask again.',
  ],
  model_unavailable: [
    'provider_unavailable',
    (url) =>
      `Your provider, which your own model key is for, does not answer right now. Please try again later, or remove the key at ${url}.`,
  ],
  model_timeout: [
    'provider_unavailable',
    (url) =>
      `Your provider, which your own model key is for, took too long. Please try again later, or remove the key at ${url}.`,
  ],
  fetch_failed: [
    'provider_unavailable',
    (url) => `The address of your own model key does not answer as a provider should. Check it at ${url}.`,
  ],
  payload_too_large: [
    'provider_unavailable',
    (url) => `The address of your own model key does not answer as a provider should. Check it at ${url}.`,
  ],
  unsafe_address: [
    'provider_unavailable',
    (url) => `The address of your own model key may not be reached from here any more. Change it at ${url}.`,
  ],
  unreadable_secret: [
    'provider_key_rejected',
    (url) => `Your own model key cannot be read here any more. Please save it again at ${url}.`,
  ],
};

/**
 * Says of trouble with somebody's own key that it was theirs and what to do. What the provider said stays out of logs:
 * some repeat the key.
 */
export function toOwnKeyError(error: AppError, { accountUrl }: { accountUrl: string }): AppError {
  const [code, toSentence] = TROUBLES[error.code] ?? [error.code, () => error.message];
  return new AppError(code, toSentence(accountUrl), {
    cause: new Error(`with somebody's own key: ${error.code}${statusOf(error.cause)}`),
    retryAfterSeconds: error.retryAfterSeconds ?? (code === 'provider_rate_limited' ? RATE_LIMIT_SECONDS : undefined),
  });
}

function statusOf(cause: unknown): string {
  const status = cause instanceof Error && 'status' in cause ? cause.status : undefined;
  return typeof status === 'number' ? `, status ${status}` : '';
}
