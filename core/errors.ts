/** Every way a request can be refused on purpose. The edges translate codes to HTTP statuses and to sentences. */
export const ERROR_CODES = [
  'invalid_request',
  'unauthorized',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'session_not_found',
  'message_not_found',
  'source_not_found',
  'conflict',
  'confirmation_needed',
  'rate_limited',
  'payload_too_large',
  'unsupported_encoding',
  'shutting_down',
  'database_unavailable',
  'provider_key_required',
  'provider_key_rejected',
  'provider_rate_limited',
  'provider_unavailable',
  'balance_too_low',
  'payment_unavailable',
  'key_cap_reached',
  'model_key_invalid',
  'model_not_found',
  'model_context_overflow',
  'model_rate_limited',
  'model_unavailable',
  'model_timeout',
  'model_interrupted',
  'model_refused',
  'model_unknown',
  'model_price_unknown',
  'models_file_unusable',
  'turn_abandoned',
  'embedding_unavailable',
  'vector_store_unavailable',
  'unsafe_address',
  'fetch_failed',
  'unreadable_document',
  'unreadable_secret',
  'sync_refused',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * An expected failure. `message` may be shown to people: plain words, nothing internal.
 * The vendor's or library's own error travels as `cause` and is only ever logged.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  /** Seconds after which trying again makes sense, where that is known. */
  readonly retryAfterSeconds: number | undefined;
  /** The field of the request that is at fault, where it is one. */
  readonly field: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; retryAfterSeconds?: number; field?: string } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.field = options.field;
  }
}

/** Why the program cannot run on this machine as it is: words for whoever starts it, saying what to do. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}

/** A start that fails because of what a setting says, until somebody changes it; supervisors are told so. */
export class SettingError extends StartError {
  override readonly name: string = 'SettingError';
}
