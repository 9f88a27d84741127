import OpenAI from 'openai';
import { parseErrorBody } from './openai-error-body.ts';

export interface OpenAiClientOptions {
  baseUrl: string;
  apiKey: string | undefined;
  timeoutMs?: number;
  /** Longest silence that is waited for: beyond five minutes the platform's own `fetch` would give up first. */
  idleTimeoutMs?: number;
  /** Sends the requests; the platform's own when absent. */
  fetch?: typeof fetch;
}

/** After which the platform's own `fetch` ends a connection that is silent. */
const PLATFORM_IDLE_MS = 300_000;
const LARGEST_REFUSAL = 64_000;

/**
 * A client of a server with OpenAI's interface that knows nothing but what it is given: what the vendor's package reads
 * from the environment is for OpenAI alone. Tries once: retries are its callers'.
 */
export function createOpenAiClient(options: OpenAiClientOptions): OpenAI {
  const { baseUrl, timeoutMs, idleTimeoutMs = 0 } = options;
  // Servers without keys want none, but the package does: any word will do.
  const { apiKey = 'none' } = options;
  const send = options.fetch ?? (idleTimeoutMs < PLATFORM_IDLE_MS ? fetch : createPatientFetch());
  const isOpenAi = new URL(baseUrl).hostname === 'api.openai.com';
  return new OpenAI({
    baseURL: baseUrl,
    apiKey,
    maxRetries: 0,
    // It would print what it cannot read, which is what people wrote.
    logLevel: 'off',
    ...(timeoutMs !== undefined && { timeout: timeoutMs }),
    fetch: withReadableErrors(isOpenAi ? send : withoutSurroundings(send, apiKey)),
  });
}

/**
 * The vendor's package adds headers about this machine and from the operator's environment, such as an organisation or
 * whatever is in OPENAI_CUSTOM_HEADERS: none of it is for other servers.
 */
function withoutSurroundings(send: typeof fetch, apiKey: string): typeof fetch {
  const headers = {
    authorization: `Bearer ${apiKey}`,
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    'user-agent': 'Parley',
  };
  return (input, init) => send(input, { ...init, headers });
}

/** The package understands one shape of errors and drops what servers say in others. */
function withReadableErrors(send: typeof fetch): typeof fetch {
  return async (input, init) => {
    const response = await send(input, init);
    if (response.ok) return response;
    const error = parseErrorBody(await readShort(response));
    return new Response(JSON.stringify({ error }), { status: response.status, headers: response.headers });
  };
}

async function readShort({ body }: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  // What breaks off has said enough.
  try {
    for await (const bytes of body ?? []) {
      text += decoder.decode(bytes, { stream: true });
      if (text.length > LARGEST_REFUSAL) break;
    }
  } catch {}
  return text;
}

/** Waits as long as its caller does. undici costs some 50 ms to load, and few servers are as slow. */
function createPatientFetch(): typeof fetch {
  let transport: Promise<typeof fetch> | null = null;
  async function load(): Promise<typeof fetch> {
    const { Agent, fetch: sendByUndici } = await import('undici');
    const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
    // undici declares the web's own types a second time.
    const send = sendByUndici as unknown as (input: unknown, init: object) => Promise<Response>;
    return (input, init) => send(input, { ...init, dispatcher });
  }
  return async (input, init) => {
    transport ??= load();
    return (await transport)(input, init);
  };
}
