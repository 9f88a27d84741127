import type { LookupFunction } from 'node:net';
import { AppError } from '../errors.ts';

export interface SafeFetchOptions {
  /** Hosts on private networks that may be reached: `127.0.0.1:9000`, `*.corp`. */
  allowPrivateHosts: readonly string[];
  /** Resolves names; the system's resolver when absent. */
  lookup?: LookupFunction;
  /** Largest body after decompression. */
  maxBytes?: number;
  /** Longest time for all of it, redirects and body included. */
  timeoutMs?: number;
}

interface SafeRequest {
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** Asked before each redirect is followed; false ends the request as `fetch_failed`. */
  mayRedirectTo?: (url: URL) => boolean;
}

export interface SafeResponse {
  /** Where the last redirect led. */
  url: string;
  status: number;
  headers: Headers;
  /** Empty unless the status is 2xx. */
  bytes: Uint8Array;
}

/**
 * Gets an address of the public internet.
 * @throws AppError `unsafe_address` for anything that is not http(s), has a password in it or leads to a private
 * network; `payload_too_large`; `fetch_failed` for what a network does; the signal's own reason when it was aborted
 */
export type SafeFetch = (url: string, request?: SafeRequest) => Promise<SafeResponse>;

const MAX_REDIRECTS = 5;
const USER_AGENT = 'Parley/0.1 (document sync)';

/** Builds a fetch that cannot be led to private networks, endless bodies or silence. */
export function createSafeFetch(options: SafeFetchOptions): SafeFetch {
  const { maxBytes = 10_000_000, timeoutMs = 30_000 } = options;
  let transport: Promise<Transport> | null = null;

  return async (address, request = {}) => {
    transport ??= loadTransport(options);
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
    try {
      const { response, url } = await follow(await transport, checkUrl(address), { ...request, signal });
      const isBodyWanted = response.status >= 200 && response.status < 300;
      const bytes = isBodyWanted ? await readBody(response, maxBytes) : new Uint8Array();
      if (!isBodyWanted) await response.body?.cancel();
      return { url: url.href, status: response.status, headers: response.headers, bytes };
    } catch (cause) {
      request.signal?.throwIfAborted();
      throw toAppError(cause, { address, timedOut: timeout.aborted, timeoutMs });
    }
  };
}

type Transport = (url: URL, init: { headers: Record<string, string>; signal: AbortSignal }) => Promise<Response>;

/** undici costs some 50 ms to load, and most starts fetch nothing. */
async function loadTransport(options: SafeFetchOptions): Promise<Transport> {
  const [{ fetch }, { createGuardedDispatcher }] = await Promise.all([
    import('undici'),
    import('./guarded-dispatcher.ts'),
  ]);
  const dispatcher = createGuardedDispatcher(options);
  // undici's own response is the web's, declared a second time.
  return async (url, init) => (await fetch(url, { ...init, dispatcher, redirect: 'manual' })) as unknown as Response;
}

/** @throws AppError `unsafe_address` */
function checkUrl(address: string | URL): URL {
  const url = URL.canParse(String(address)) ? new URL(address) : null;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new AppError('unsafe_address', 'Only http:// and https:// addresses can be fetched.');
  }
  if (url.username || url.password) {
    throw new AppError('unsafe_address', 'An address with a user name or password in it is not fetched.');
  }
  return url;
}

async function follow(
  transport: Transport,
  first: URL,
  request: SafeRequest & { signal: AbortSignal },
): Promise<{ response: Response; url: URL }> {
  const headers = { 'user-agent': USER_AGENT, 'accept-encoding': 'gzip', ...request.headers };
  let url = first;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const response = await transport(url, { headers, signal: request.signal });
    const target = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || response.status === 304 || !target) return { response, url };
    await response.body?.cancel();
    url = checkUrl(URL.canParse(target, url.href) ? new URL(target, url) : target);
    if (request.mayRedirectTo && !request.mayRedirectTo(url)) {
      throw new AppError('fetch_failed', `It leads to ${url.host}, which is not part of this source.`);
    }
  }
  throw new AppError('fetch_failed', `It redirects more than ${MAX_REDIRECTS} times.`);
}

/** Counted as it arrives and after decompression, so that a small body cannot become a large one. */
async function readBody(response: Response, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > maxBytes) throw new AppError('payload_too_large', `It is larger than ${maxBytes / 1e6} MB.`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function toAppError(cause: unknown, context: { address: string; timedOut: boolean; timeoutMs: number }): AppError {
  for (let error = cause; error instanceof Error; error = error.cause) if (error instanceof AppError) return error;
  if (context.timedOut) {
    return new AppError('fetch_failed', `No complete answer within ${context.timeoutMs / 1000} seconds.`, { cause });
  }
  return new AppError('fetch_failed', `${hostOf(context.address)} cannot be reached (${reasonOf(cause)}).`, { cause });
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}

const REASONS: Record<string, string> = {
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name could not be looked up',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
};

function reasonOf(cause: unknown): string {
  for (let error = cause; error instanceof Error; error = error.cause) {
    const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''];
    if (reason) return reason;
  }
  return 'the answer could not be read';
}
