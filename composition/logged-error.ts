import { AppError, StartError } from '../core/errors.ts';
import { hideKeyShapes } from './key-shapes.ts';

/** Anything as long and as mixed as a key, but for the ids by which things are found. */
const LONG_WORD = /[\w-]{32,}/g;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
/** A code is a name or a number; a server that puts words there may have them from whoever asked. */
const CODE = /^[\w.:/-]{1,64}$/;

/**
 * What of an error goes to the log: our own words whole, those of others without anything shaped like a key, and of what a
 * server answered only its status and code. Such an answer may repeat what it was asked, which people wrote.
 */
export function toLoggedError(error: unknown): unknown {
  if (!(error instanceof Error)) return error === undefined ? undefined : withoutKeys(String(error));
  const message = toMessage(error);
  return {
    type: error.name,
    code: codeOf(error),
    status: statusOf(error),
    message,
    stack: toStack(error, message),
    cause: error.cause === undefined ? undefined : toLoggedError(error.cause),
  };
}

function toMessage(error: Error): string {
  if (error instanceof AppError || error instanceof StartError) return withoutKeys(error.message);
  const status = statusOf(error);
  if (status !== undefined) return `answered with status ${status}`;
  // In the middle of a stream a server reports what went wrong without a status.
  if ('status' in error) return 'answered with an error';
  if (error instanceof SyntaxError && error.message.includes('JSON')) return 'not valid JSON';
  return withoutKeys(isOfDatabase(error) ? withoutQuoted(error.message) : error.message);
}

/** The frames alone say where: what stands before them is the message once more. */
function toStack(error: Error, message: string): string {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [`${error.name}: ${message}`, ...frames].join('\n');
}

/** Of whatever a vendor's package throws for an answer that it did not like. */
function statusOf(error: Error): number | undefined {
  const { status, statusCode } = error as { status?: unknown; statusCode?: unknown };
  return [status, statusCode].find((found) => typeof found === 'number');
}

function codeOf(error: Error): string | undefined {
  const code = String(('code' in error && error.code) || '');
  return CODE.test(code) ? withoutKeys(code) : undefined;
}

function isOfDatabase(error: Error): boolean {
  return 'severity' in error && 'routine' in error;
}

/** PostgreSQL quotes the value that it cannot read. */
function withoutQuoted(message: string): string {
  return message.replace(/(: )".*$/s, '$1"…"');
}

function withoutKeys(text: string): string {
  return hideKeyShapes(text).replace(LONG_WORD, (word) => (isLikeKey(word) ? '[redacted]' : word));
}

function isLikeKey(word: string): boolean {
  const digits = word.replace(/\D/g, '').length;
  const letters = word.replace(/[^a-z]/gi, '').length;
  return digits >= 4 && letters >= 4 && !UUID.test(word);
}
