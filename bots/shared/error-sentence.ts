import { AppError, type ErrorCode } from '../../core/errors.ts';

/** What happened and what to do; null where the error's own message says it best. */
const SENTENCES = {
  invalid_request: null,
  unauthorized: 'You are not signed in to this. Please ask whoever runs this bot.',
  forbidden: null,
  method_not_allowed: null,
  not_found: 'That does not exist any more.',
  session_not_found: 'That chat does not exist any more. Start a new one and ask again.',
  message_not_found: 'That message does not exist any more. Please ask again.',
  source_not_found: 'That document does not exist any more.',
  conflict: null,
  confirmation_needed: null,
  rate_limited: null,
  payload_too_large: 'That is too long for me. Please shorten it or split it in two.',
  unsupported_encoding: null,
  shutting_down: 'I am just being restarted. Please ask again in a moment.',
  database_unavailable: 'I cannot reach my memory right now. Please try again in a few minutes.',
  // They say where keys are changed, and when it was one's own that failed.
  provider_key_required: null,
  provider_key_rejected: null,
  provider_rate_limited: null,
  provider_unavailable: null,
  // It says how much there is, and which ways there are to go on.
  balance_too_low: null,
  payment_unavailable: null,
  key_cap_reached: null,
  // They tell the operator's mistakes from a model that somebody has chosen here.
  model_key_invalid: null,
  model_not_found: null,
  model_context_overflow: 'That is too long for the language model. Please shorten it, or start a new chat.',
  model_rate_limited: 'The language model is very busy right now. Please try again in a minute.',
  model_unavailable: 'The language model does not answer right now. Please try again in a few minutes.',
  model_timeout: 'The language model took too long to answer. Please try again, perhaps with a shorter question.',
  model_interrupted: 'The answer broke off. Please try again.',
  model_refused: 'The language model declined to answer this. Please ask in another way.',
  model_unknown: null,
  model_price_unknown:
    'I do not know what the language model chosen here costs, so I do not use it. Please choose another one.',
  models_file_unusable: 'My list of language models cannot be read. Please tell whoever runs this bot.',
  turn_abandoned: 'This could not be answered after several tries. Please ask again in other words.',
  embedding_unavailable: 'I cannot search the documents right now. Please try again in a few minutes.',
  vector_store_unavailable: 'I cannot search the documents right now. Please try again in a few minutes.',
  unreadable_secret: 'A stored key cannot be read any more. Please set it again, or tell whoever runs this bot.',
  unsafe_address: 'I may not open that address. Please paste the text instead.',
  fetch_failed: 'I could not open that address. Please check it and try again.',
  unreadable_document: 'I could not read that document. Please paste its text instead.',
  sync_refused: 'The documents were not changed, because too many would have been removed.',
} satisfies Record<ErrorCode, string | null>;

/**
 * Says in one sentence what went wrong and what to do. Only a failure that nobody foresaw carries a reference, by which
 * operators find the cause in the log.
 */
export function errorSentence(error: unknown, { turnId }: { turnId?: string } = {}): string {
  if (error instanceof AppError) return SENTENCES[error.code] ?? error.message;
  const reference = turnId ? ` If it happens again, tell whoever runs this bot: ${turnId}` : '';
  return `Something went wrong on my side. Please try again.${reference}`;
}
