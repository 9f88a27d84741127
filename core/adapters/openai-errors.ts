import { APIConnectionError, APIError } from 'openai';
import { AppError, type ErrorCode } from '../errors.ts';

/** What people read, by what happened. */
const TROUBLES = {
  key: ['model_key_invalid', 'The language model refused its key. The operator has to check it.'],
  budget: ['model_key_invalid', 'The budget of the language model is spent. The operator has to top it up.'],
  model: ['model_not_found', 'The configured language model does not exist. The operator has to check it.'],
  overflow: [
    'model_context_overflow',
    'This conversation has become too long for the language model. Please start a new chat or ask more briefly.',
  ],
  busy: ['model_rate_limited', 'The language model is busy. Please try again in a moment.'],
  down: ['model_unavailable', 'The language model has trouble. Please try again later.'],
  unreachable: ['model_unavailable', 'The language model cannot be reached. Please try again later.'],
  slow: ['model_timeout', 'The language model took too long to answer. Please try again.'],
  filtered: ['model_refused', 'The language model declined to answer this. Please ask in another way.'],
  declined: ['model_refused', 'The language model did not accept this request. Please ask in another way.'],
} as const satisfies Record<string, [ErrorCode, string]>;

type Trouble = keyof typeof TROUBLES;

/** Codes that servers agree on; they say more than the status. */
const BY_CODE: Record<string, Trouble> = {
  invalid_api_key: 'key',
  // A spent budget comes as 429 too, but waiting does not help.
  insufficient_quota: 'budget',
  model_not_found: 'model',
  context_length_exceeded: 'overflow',
  exceed_context_size_error: 'overflow',
  rate_limit_exceeded: 'busy',
  content_filter: 'filtered',
};

const BY_STATUS: Record<number, Trouble> = {
  401: 'key',
  402: 'budget',
  403: 'key',
  404: 'model',
  408: 'down',
  409: 'down',
  425: 'down',
  429: 'busy',
};

/** Only some servers have a code for an overflow; the others say it in their own words. */
const OVERFLOW = /context (?:length|window|size)|maximum context|too many tokens|prompt is too long/i;

/**
 * What went wrong in a call of the model, in words for people.
 * @param situation.hasStarted whether a part of the answer has been shown already
 */
export function toModelError(cause: unknown, situation: { hasStarted: boolean; timedOut: boolean }): AppError {
  if (cause instanceof AppError) return cause;
  if (situation.hasStarted) {
    const why = situation.timedOut
      ? 'The language model fell silent in the middle of the answer.'
      : 'The answer broke off.';
    return new AppError('model_interrupted', `${why} Please try again.`, { cause });
  }
  const [code, message] = TROUBLES[situation.timedOut ? 'slow' : findTrouble(cause)];
  return new AppError(code, message, {
    cause,
    retryAfterSeconds: cause instanceof APIError ? retryAfterSeconds(cause) : undefined,
  });
}

function findTrouble(cause: unknown): Trouble {
  if (!(cause instanceof APIError) || cause instanceof APIConnectionError) return 'unreachable';
  const known = BY_CODE[String(cause.code)] ?? BY_CODE[String(cause.type)];
  if (known) return known;
  const { status } = cause;
  if (status === undefined || status >= 500) return 'down';
  if (BY_STATUS[status]) return BY_STATUS[status];
  return OVERFLOW.test(cause.message) ? 'overflow' : 'declined';
}

/** In seconds or, by the same header, as a date. */
function retryAfterSeconds(cause: APIError): number | undefined {
  const header = cause.headers?.get('retry-after');
  if (!header) return undefined;
  const seconds = Number.isNaN(Number(header)) ? (Date.parse(header) - Date.now()) / 1000 : Number(header);
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}

/** Trouble that may have passed a moment later. */
export function isWorthRetrying(error: AppError): boolean {
  return error.code === 'model_rate_limited' || error.code === 'model_unavailable';
}
