import type { Dispatcher } from 'undici';
import { limitBytes } from './limit-bytes.ts';

/** Of an answer that comes compressed although it was asked for as it is. */
const MOST_DECOMPRESSED = 64_000_000;

let transport: Promise<typeof fetch> | null = null;

/**
 * `fetch` for servers that the operator has set up: models, sign-in, the platforms. It asks for answers as they are, reads
 * gzip where a server sends it all the same, and nothing else; it waits as long as its caller's signal does.
 */
export const plainFetch: typeof fetch = async (input, init) => {
  transport ??= loadTransport();
  const response = await (await transport)(input, init);
  if (!response.headers.has('content-encoding') || response.body === null) return response;
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(limitBytes(MOST_DECOMPRESSED)), { status, statusText, headers });
};

/** undici costs some 50 ms to load, and a Parley without any of these servers needs it for nothing. */
async function loadTransport(): Promise<typeof fetch> {
  const [{ EnvHttpProxyAgent, fetch: send }, { refuseEncodings }] = await Promise.all([
    import('undici'),
    import('./refuse-encodings.ts'),
  ]);
  // It reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY itself, and connects directly without them.
  const agent = new EnvHttpProxyAgent({ headersTimeout: 0, bodyTimeout: 0 });
  const dispatcher: Dispatcher = agent.compose(refuseEncodings);
  // undici declares the web's own types a second time.
  const sendByUndici = send as unknown as (input: unknown, init: object) => Promise<Response>;
  return (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('accept-encoding', 'identity');
    return sendByUndici(input, { ...init, headers, dispatcher });
  };
}
