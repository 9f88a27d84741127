import { APIConnectionError, APIError } from 'openai';
import { AppError, type ErrorCode } from '../errors.ts';
import { CANNOT_ANSWER } from '../models/operators-fault.ts';

/** What people read, by what happened; what the operator has to mend is told to the operator. */
const TROUBLES = {
  key: ['model_key_invalid', CANNOT_ANSWER],
  budget: ['model_key_invalid', CANNOT_ANSWER],
  model: ['model_not_found', CANNOT_ANSWER],
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
  authentication_error: 'key',
  permission_error: 'key',
  // A spent budget comes as 429 too, but waiting does not help.
  insufficient_quota: 'budget',
  budget_exceeded: 'budget',
  arrearage: 'budget',
  model_not_found: 'model',
  model_not_supported: 'model',
  model_not_exist: 'model',
  invalid_model: 'model',
  deploymentnotfound: 'model',
  context_length_exceeded: 'overflow',
  exceed_context_size_error: 'overflow',
  rate_limit_exceeded: 'busy',
  overloaded: 'down',
  content_filter: 'filtered',
  content_policy_violation: 'filtered',
  data_inspection_failed: 'filtered',
};

const BY_STATUS: Record<number, Trouble> = {
  401: 'key',
  402: 'budget',
  403: 'key',
  404: 'model',
  408: 'down',
  409: 'down',
  413: 'overflow',
  425: 'down',
  429: 'busy',
};

/** Where neither the code nor the status says whose fault it is. */
const UNCLEAR = new Set([400, 403, 404, 422]);

/**
 * Only some servers have codes; the others say it in their own words. What an asker can mend is looked for first: the
 * words of a refused question may be repeated.
 */
const BY_WORDS: [Trouble, RegExp][] = [
  [
    'filtered',
    /content[ _](?:filter|policy|management)|moderation|\bflagged\b|responsible ?ai|data_inspection|inappropriate content|safety (?:system|filter|polic|check)|usage polic|violat\w* .{0,40}polic/i,
  ],
  [
    'overflow',
    /context[ _](?:length|window|size)|maximum context|too many tokens|too (?:long|large)\b|max_new_tokens. must be|reduce the length|exceed\w* .{0,60}(?:tokens?|context|length)|maximum .{0,20}(?:sequence|prompt|input|model) length/i,
  ],
  [
    'budget',
    /insufficient[ _](?:quota|balance|funds|credits?)|credit balance|out of credits?|arrear|exceeded your current quota|budget has been exceeded|payment required/i,
  ],
  [
    'model',
    /\bmodels?\b.{0,120}?(?:\bnot (?:found|exist|valid|supported by|available|loaded|allowed|deployed|served)|does ?n[o']t exist|is unknown|is invalid|no longer|deprecated|decommission)|(?:unknown|invalid|no such|unrecogni[sz]ed|not a valid|unsupported|unable to (?:access|load|find)|could not find|cannot find|no) (?:non-serverless |the )?(?:model|deployment)s?\b|\bdeployment .{0,60}not|not a chat model|^[^.]{0,20}\bmodel\b[ :=]{1,3}\S{1,80} is not supported|access to .{0,20}model/i,
  ],
  [
    'key',
    /\bapi[ _-]?key|x-api-key|\bauthenticat|\bauthori[sz]ation\b|unauthori[sz]ed|\bcredentials?\b|(?:access|proxy server|auth|api|bearer|invalid|expired) token|virtual key|organi[sz]ation must be verified|(?:invalid|incorrect|wrong|expired|missing) key/i,
  ],
];

/**
 * What went wrong in a call of the model, in words for people.
 * @param situation.hasStarted whether a part of the answer has been shown already
 */
export function toModelError(cause: unknown, situation: { hasStarted: boolean; timedOut: boolean }): AppError {
  if (cause instanceof AppError && cause.code !== 'payload_too_large') return cause;
  if (situation.hasStarted) {
    const why = situation.timedOut
      ? 'The language model fell silent in the middle of the answer.'
      : 'The answer broke off.';
    return new AppError('model_interrupted', `${why} Please try again.`, { cause });
  }
  // What is too large is the answer, of which nobody who asked is to blame.
  if (cause instanceof AppError)
    return new AppError('model_unavailable', 'The language model answered without end.', { cause });
  const [code, message] = TROUBLES[situation.timedOut ? 'slow' : findTrouble(cause)];
  return new AppError(code, message, {
    cause,
    retryAfterSeconds: cause instanceof APIError ? retryAfterSeconds(cause.headers) : undefined,
  });
}

function findTrouble(cause: unknown): Trouble {
  if (!(cause instanceof APIError) || cause instanceof APIConnectionError) return 'unreachable';
  const known = byCode(cause.code) ?? byCode(cause.type);
  if (known) return known;
  const { status } = cause;
  if (status === undefined) return byWords(cause) ?? 'down';
  if (status >= 500) return 'down';
  // Redirects are not followed with a key.
  if (status < 400) return 'unreachable';
  return (UNCLEAR.has(status) ? byWords(cause) : undefined) ?? BY_STATUS[status] ?? 'declined';
}

function byCode(code: unknown): Trouble | undefined {
  return BY_CODE[String(code).toLowerCase()];
}

function byWords({ message, error }: APIError): Trouble | undefined {
  const { text = message } = (error ?? {}) as { text?: string };
  return BY_WORDS.find(([, words]) => words.test(text))?.[0];
}

/** How long to wait: in seconds, by the same header as a date, or in milliseconds; as the server or a gateway before it says. */
export function retryAfterSeconds(headers: Headers | undefined): number | undefined {
  if (!headers) return undefined;
  const milliseconds = Number(headers.get('retry-after-ms') || Number.NaN);
  if (milliseconds >= 0) return Math.ceil(milliseconds / 1000);
  const header = headers.get('retry-after') ?? headers.get('llm_provider-retry-after');
  if (!header) return undefined;
  const seconds = Number.isNaN(Number(header)) ? (Date.parse(header) - Date.now()) / 1000 : Number(header);
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}

/** Trouble that may have passed a moment later. */
export function isWorthRetrying(error: AppError): boolean {
  return error.code === 'model_rate_limited' || error.code === 'model_unavailable';
}
