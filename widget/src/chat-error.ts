/**
 * Why a request did not do what it should. `code` is the server's, or
 * `unreachable` (no answer at all) or `dropped` (the connection ended in the middle of an answer).
 */
export class ChatError extends Error {
  readonly code: string;
  /** HTTP status; 0 when there was none. */
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: string,
    message: string,
    options: { status?: number; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = options.status ?? 0;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Reads the error body of a refused request; a proxy in between may have sent something else. */
export async function toChatError(response: Response): Promise<ChatError> {
  const body = await response.json().catch(() => null);
  const seconds = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  return new ChatError(body?.error?.code ?? 'unavailable', body?.error?.message ?? '', {
    status: response.status,
    retryAfterSeconds: seconds > 0 ? seconds : undefined,
  });
}
