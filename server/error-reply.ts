import { isDatabaseOutage } from '../core/db/database-outage.ts';
import { AppError, type ErrorCode } from '../core/errors.ts';
import type { Logger } from '../core/ports/logger.ts';
import { ERROR_STATUS } from './error-status.ts';

export interface ErrorBody {
  error: { code: ErrorCode | 'internal_error'; message: string; request_id: string };
}

export interface ErrorReply {
  status: number;
  retryAfterSeconds: number | undefined;
  /** The field of the request that is at fault, where it is one. */
  field: string | undefined;
  body: ErrorBody;
}

const PATIENCE_SECONDS = 20;

/**
 * What the caller may know of a failure. An expected one says what it is; anything else is a bug: logged with its
 * cause, and shown as a sentence with the id to find it by.
 */
export function toErrorReply(
  failure: unknown,
  { requestId, logger }: { requestId: string; logger: Logger },
): ErrorReply {
  const error = failure instanceof AppError ? failure : (fromBodyParser(failure) ?? fromDatabase(failure));
  if (!error) {
    logger.error({ requestId, err: failure }, 'a request failed unexpectedly');
    const message = `Something went wrong on our side. If it happens again, report it with the id ${requestId}.`;
    return {
      status: 500,
      retryAfterSeconds: undefined,
      field: undefined,
      body: { error: { code: 'internal_error', message, request_id: requestId } },
    };
  }
  const status = ERROR_STATUS[error.code];
  if (status >= 500) logger.warn({ requestId, code: error.code, err: error.cause ?? error }, 'a request was refused');
  return {
    status,
    // Who reads of it later, or through another process, is not told the exact time any more.
    retryAfterSeconds: error.retryAfterSeconds ?? (status === 429 ? PATIENCE_SECONDS : undefined),
    field: error.field,
    body: { error: { code: error.code, message: error.message, request_id: requestId } },
  };
}

/** Express and its body parser throw errors with a `status` and a `type`; their texts are not ours to show. */
function fromBodyParser(failure: unknown): AppError | null {
  if (!(failure instanceof Error) || !('status' in failure) || typeof failure.status !== 'number') return null;
  if (failure.status < 400 || failure.status >= 500) return null;
  const type = 'type' in failure ? failure.type : undefined;
  if (type === 'entity.too.large') {
    const limit = 'limit' in failure && typeof failure.limit === 'number' ? failure.limit : 0;
    const message = `The request body is too large: at most ${Math.floor(limit / 1024)} kB.`;
    return new AppError('payload_too_large', message, { cause: failure });
  }
  if (type === 'entity.parse.failed') {
    return new AppError('invalid_request', 'The request body is not valid JSON.', { cause: failure });
  }
  return new AppError('invalid_request', 'The request could not be read.', { cause: failure });
}

function fromDatabase(failure: unknown): AppError | null {
  if (!isDatabaseOutage(failure)) return null;
  return new AppError(
    'database_unavailable',
    'The database cannot be reached right now. Please try again in a moment.',
    {
      cause: failure,
      retryAfterSeconds: 5,
    },
  );
}
