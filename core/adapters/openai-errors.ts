import { APIConnectionError, APIError } from 'openai';
import { AppError } from '../errors.ts';

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
  if (situation.timedOut) {
    return new AppError('model_timeout', 'The language model took too long to answer. Please try again.', { cause });
  }
  if (!(cause instanceof APIError) || cause instanceof APIConnectionError || cause.status === undefined) {
    return new AppError('model_unavailable', 'The language model cannot be reached. Please try again later.', {
      cause,
    });
  }
  return toRefusal(cause);
}

function toRefusal(cause: APIError): AppError {
  const code = String(cause.code ?? cause.type ?? '');
  switch (cause.status) {
    case 401:
    case 403:
      return new AppError('model_key_invalid', 'The language model refused its key. The operator has to check it.', {
        cause,
      });
    case 404:
      return new AppError(
        'model_not_found',
        'The configured language model does not exist. The operator has to check it.',
        {
          cause,
        },
      );
    case 429:
      // A spent budget also comes as 429, but waiting does not help.
      if (code === 'insufficient_quota') {
        return new AppError(
          'model_key_invalid',
          'The budget of the language model is spent. The operator has to top it up.',
          {
            cause,
          },
        );
      }
      return new AppError('model_rate_limited', 'The language model is busy. Please try again in a moment.', {
        cause,
        retryAfterSeconds: retryAfterSeconds(cause),
      });
  }
  if (code === 'model_not_found') {
    return new AppError(
      'model_not_found',
      'The configured language model does not exist. The operator has to check it.',
      {
        cause,
      },
    );
  }
  if (isOverflow(cause, code)) {
    return new AppError(
      'model_context_overflow',
      'This conversation has become too long for the language model. Please start a new chat or ask more briefly.',
      { cause },
    );
  }
  if (cause.status !== undefined && cause.status >= 500) {
    return new AppError('model_unavailable', 'The language model has trouble. Please try again later.', {
      cause,
      retryAfterSeconds: retryAfterSeconds(cause),
    });
  }
  return new AppError('model_refused', 'The language model did not accept this request. Please ask in another way.', {
    cause,
  });
}

/** Only some servers have a code for it; the others say it in their own words, which all speak of the context. */
function isOverflow(cause: APIError, code: string): boolean {
  return code === 'context_length_exceeded' || (cause.status === 400 && /context|too many tokens/i.test(cause.message));
}

function retryAfterSeconds(cause: APIError): number | undefined {
  const seconds = Number(cause.headers?.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : undefined;
}

/** Trouble that may have passed a moment later. */
export function isWorthRetrying(error: AppError): boolean {
  return error.code === 'model_rate_limited' || error.code === 'model_unavailable';
}
