import { APIError } from 'openai';
import { findReportedError } from '../completions/reported-error.ts';

/** What a server says of a failure, in the fields of OpenAI's interface as far as it fills them. */
export interface ErrorBody {
  message?: string;
  type?: string;
  param?: string;
  code?: string;
  /** The status that it names inside of its words, which is all there is in the middle of a stream. */
  status?: number;
  /** All it said, to be searched. */
  text: string;
}

const LONGEST_TEXT = 4000;

/** Reads the body of a refusal: JSON of many shapes, or words. */
export function parseErrorBody(text: string): ErrorBody {
  try {
    const sent: unknown = JSON.parse(text);
    return toErrorBody(findReportedError(sent, { isNamedError: true }) ?? text);
  } catch {
    // A page of a proxy says nothing to anybody.
    return /^\s*</.test(text) ? { text: '' } : { text: text.slice(0, LONGEST_TEXT) };
  }
}

export function toErrorBody(reported: object | string): ErrorBody {
  if (typeof reported === 'string') return { message: reported, text: reported };
  const fields = reported as Record<string, unknown>;
  const { error, message = error, detail, msg, param, code, type = fields.error_type, status, statusCode } = fields;
  const said = message ?? detail ?? msg;
  return {
    ...(said !== undefined && said !== null && { message: typeof said === 'string' ? said : JSON.stringify(said) }),
    ...(typeof type === 'string' && { type }),
    ...(typeof param === 'string' && { param }),
    ...(typeof code === 'string' && { code }),
    status: [code, status, statusCode, fields.status_code].map(Number).find((value) => value >= 400 && value < 600),
    text: JSON.stringify(reported).slice(0, LONGEST_TEXT),
  };
}

/** Gateways report in the middle of a stream, or with status 200, what would have been the status. */
export function toApiError(reported: object | string, headers: Headers): APIError {
  const body = toErrorBody(reported);
  return new APIError(body.status, body, undefined, headers);
}
