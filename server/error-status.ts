import type { ErrorCode } from '../core/errors.ts';

/** How each refusal looks in HTTP. 4xx: the caller can do something about it; 5xx: only we or the operator can. */
export const ERROR_STATUS = {
  invalid_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  session_not_found: 404,
  message_not_found: 404,
  source_not_found: 404,
  conflict: 409,
  rate_limited: 429,
  payload_too_large: 413,
  shutting_down: 503,
  database_unavailable: 503,
  // The model's key, name and limits are the operator's: to the asker they are a server that does not work.
  model_key_invalid: 502,
  model_not_found: 502,
  model_context_overflow: 422,
  model_rate_limited: 503,
  model_unavailable: 502,
  model_timeout: 504,
  model_interrupted: 502,
  model_refused: 422,
  turn_abandoned: 500,
  embedding_unavailable: 503,
  vector_store_unavailable: 503,
  unsafe_address: 422,
  fetch_failed: 502,
  unreadable_document: 422,
  unreadable_secret: 500,
  sync_refused: 409,
} as const satisfies Record<ErrorCode, number>;
