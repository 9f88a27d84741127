import { z } from 'zod';
import type { ErrorReply } from '../error-reply.ts';

type Code = ErrorReply['body']['error']['code'];

/** Where OpenAI has a status, a type or a code of its own for what happened: clients decide by these. */
const AS_OPENAI_SAYS: Partial<Record<Code, { status?: number; type?: string; code?: string | null }>> = {
  invalid_request: { code: null },
  internal_error: { code: null },
  unauthorized: { code: 'invalid_api_key' },
  rate_limited: { type: 'requests', code: 'rate_limit_exceeded' },
  model_rate_limited: { status: 429, type: 'requests', code: 'rate_limit_exceeded' },
  model_context_overflow: { status: 400, code: 'context_length_exceeded' },
  balance_too_low: { type: 'insufficient_quota', code: 'insufficient_quota' },
  key_cap_reached: { type: 'insufficient_quota', code: 'insufficient_quota' },
  model_unknown: { status: 404, code: 'model_not_found' },
  model_refused: { status: 400, code: 'content_filter' },
};

export const openAiErrorShape = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
  })
  .meta({ id: 'OpenAiError', description: 'Why a request was refused, as OpenAI says it.' });

export type OpenAiErrorBody = z.infer<typeof openAiErrorShape>;

/** The same refusal in the words that clients of OpenAI understand. */
export function toOpenAiError({ status, body, field }: ErrorReply): { status: number; body: OpenAiErrorBody } {
  const { code, message } = body.error;
  const known = AS_OPENAI_SAYS[code] ?? {};
  return {
    status: known.status ?? status,
    body: {
      error: {
        message,
        type: known.type ?? (status < 500 ? 'invalid_request_error' : 'server_error'),
        param: field ?? null,
        code: known.code === undefined ? code : known.code,
      },
    },
  };
}
