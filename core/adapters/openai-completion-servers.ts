import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { APIError } from 'openai';
import type { Dispatcher } from 'undici';
import { RefusedRequest } from '../completions/refused-request.ts';
import { secretForms } from '../encryption/secret-forms.ts';
import { AppError } from '../errors.ts';
import { toldToOperator } from '../models/operators-fault.ts';
import type { CompletionServers, ServerAnswer } from '../ports/completion-servers.ts';
import { parseErrorBody, toApiError } from './openai-error-body.ts';
import { toModelError } from './openai-errors.ts';

export interface CompletionServersOptions {
  limitName(baseUrl: string): 'max_tokens' | 'max_completion_tokens';
  /** Longest silence in a stream, before the first chunk as well as between two. */
  idleTimeoutMs: number;
  totalTimeoutMs: number;
}

type ServerResponse = Dispatcher.ResponseData;

const LARGEST_REFUSAL = 64_000;
/** Counted after it was decompressed. */
const LARGEST_ANSWER = 64_000_000;
/** Where the fault can be the caller's; whatever else goes wrong is between us and the server. */
const CALLERS_FAULT = new Set([400, 413, 415, 422]);
const TIMEOUTS = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT']);

/** Asks by undici itself, and not by the openai package: bytes that only pass through need no reader. */
export function createOpenAiCompletionServers(options: CompletionServersOptions): CompletionServers {
  const { idleTimeoutMs, totalTimeoutMs } = options;
  let transport: Promise<{ agent: Dispatcher; request: typeof import('undici').request }> | null = null;

  /** undici costs some 50 ms to load, and most starts need it for nothing. */
  async function load() {
    const { EnvHttpProxyAgent, request } = await import('undici');
    return { agent: new EnvHttpProxyAgent({ connectTimeout: idleTimeoutMs }), request };
  }

  return {
    limitName: ({ baseUrl }) => options.limitName(baseUrl),
    toError: (reported, { hasStarted }) =>
      toModelError(toApiError(reported, new Headers()), { hasStarted, timedOut: false }),

    async send({ baseUrl, apiKey }, body, { isStream, signal }): Promise<ServerAnswer> {
      transport ??= load();
      const { agent, request } = await transport;
      let response: ServerResponse;
      try {
        response = await request(`${baseUrl}/chat/completions`, {
          method: 'POST',
          dispatcher: agent,
          headers: {
            'content-type': 'application/json',
            'accept-encoding': 'identity',
            accept: isStream ? 'text/event-stream' : 'application/json',
            ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
          },
          body: JSON.stringify(body),
          headersTimeout: isStream ? idleTimeoutMs : totalTimeoutMs,
          bodyTimeout: idleTimeoutMs,
          signal,
        });
      } catch (cause) {
        signal.throwIfAborted();
        throw toModelError(cause, { hasStarted: false, timedOut: isTimeout(cause) });
      }
      const bytes = decode(response);
      if (bytes === null) {
        await response.body.dump();
        throw new AppError('model_unavailable', 'The language model answers in a way that cannot be read here.');
      }
      if (response.statusCode !== 200) throw await toRefusal(response, bytes, apiKey);
      const { 'content-type': type = isStream ? 'text/event-stream' : 'application/json' } = response.headers;
      return {
        contentType: String(type),
        body: readBody(bytes, signal),
      };
    },
  };
}

/**
 * It was asked for as it is. gzip is read all the same, as everywhere, up to a bound; nothing else is decoded.
 * @returns null for an encoding that is not read here
 */
function decode({ headers, body }: ServerResponse): Readable | null {
  const encoding = String(headers['content-encoding'] ?? '')
    .trim()
    .toLowerCase();
  if (encoding === '' || encoding === 'identity') return body;
  if (encoding !== 'gzip' && encoding !== 'x-gzip') return null;
  const unzip = createGunzip();
  // Whatever goes wrong comes out of what is read here.
  pipeline(body, unzip, () => undefined);
  return unzip;
}

async function* readBody(body: Readable, signal: AbortSignal): AsyncGenerator<Buffer> {
  let hasStarted = false;
  let size = 0;
  try {
    for await (const bytes of body) {
      size += bytes.length;
      if (size > LARGEST_ANSWER) throw new AppError('payload_too_large', 'It answers without end.');
      hasStarted = true;
      yield bytes;
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw toModelError(cause, { hasStarted, timedOut: isTimeout(cause) });
  }
}

async function toRefusal(
  { statusCode, headers }: ServerResponse,
  body: Readable,
  apiKey: string | undefined,
): Promise<Error> {
  const error = parseErrorBody(await readShort(body).catch(() => ''));
  const cause = APIError.generate(statusCode, { error }, undefined, toHeaders(headers));
  const known = toModelError(cause, { hasStarted: false, timedOut: false });
  if (!CALLERS_FAULT.has(statusCode) || toldToOperator(known) !== null) return known;
  return new RefusedRequest(statusCode, {
    message: withoutKey(error.message ?? known.message, apiKey),
    type: withoutKey(error.type ?? 'invalid_request_error', apiKey),
    param: error.param === undefined ? null : withoutKey(error.param, apiKey),
    code: error.code === undefined ? null : withoutKey(error.code, apiKey),
  });
}

/** Not every server takes care not to repeat it. */
function withoutKey(text: string, apiKey: string | undefined): string {
  return apiKey ? secretForms(apiKey).reduce((left, form) => left.replaceAll(form, '…'), text) : text;
}

async function readShort(body: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const bytes of body) {
    text += bytes.toString('utf8');
    if (text.length > LARGEST_REFUSAL) break;
  }
  return text;
}

function toHeaders(headers: ServerResponse['headers']): Headers {
  return new Headers(
    Object.entries(headers).flatMap(([name, value]) => [value ?? []].flat().map((one) => [name, one])),
  );
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && TIMEOUTS.has(String(error.code));
}
