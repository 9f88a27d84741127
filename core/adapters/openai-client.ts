import OpenAI from 'openai';
import { plainFetch } from '../net/plain-fetch.ts';
import { parseErrorBody } from './openai-error-body.ts';

export interface OpenAiClientOptions {
  baseUrl: string;
  apiKey: string | undefined;
  timeoutMs?: number;
  /** Sends the requests; `plainFetch` when absent. */
  fetch?: typeof fetch;
}

const LARGEST_REFUSAL = 64_000;

/**
 * A client of a server with OpenAI's interface that knows nothing but what it is given: what the vendor's package reads
 * from the environment is for OpenAI alone. Tries once: retries are its callers'.
 */
export function createOpenAiClient(options: OpenAiClientOptions): OpenAI {
  const { baseUrl, timeoutMs } = options;
  // Servers without keys want none, but the package does: any word will do.
  const { apiKey = 'none' } = options;
  const send = options.fetch ?? plainFetch;
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
