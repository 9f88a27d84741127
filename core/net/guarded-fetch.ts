import { AppError } from '../errors.ts';
import type { GuardOptions } from './guarded-dispatcher.ts';
import { limitBytes } from './limit-bytes.ts';

export interface GuardedFetchOptions extends GuardOptions {
  /** Largest answer after decompression. */
  maxBytes: number;
}

/**
 * A `fetch` for requests that carry a secret to an address somebody gave: public addresses only, redirects are never
 * followed, and endless answers are cut. Waiting no longer than makes sense is left to the caller's signal.
 * Rejects with, or with a cause that is, an AppError `unsafe_address`, `fetch_failed` for a redirect or `payload_too_large`.
 */
export function createGuardedFetch(options: GuardedFetchOptions): typeof fetch {
  let transport: Promise<typeof fetch> | null = null;
  return async (input, init) => {
    transport ??= loadTransport(options);
    const response = await (await transport)(input, init);
    if (response.status >= 300 && response.status < 400 && response.headers.has('location')) {
      await response.body?.cancel();
      throw new AppError('fetch_failed', 'It leads to another address.');
    }
    const { status, statusText, headers } = response;
    return new Response(response.body?.pipeThrough(limitBytes(options.maxBytes)), { status, statusText, headers });
  };
}

/** undici costs some 50 ms to load, and most starts need it for nothing. */
async function loadTransport(options: GuardOptions): Promise<typeof fetch> {
  const [undici, { createGuardedDispatcher }] = await Promise.all([
    import('undici'),
    import('./guarded-dispatcher.ts'),
  ]);
  const dispatcher = createGuardedDispatcher(options);
  // undici declares the web's own types a second time.
  const send = undici.fetch as unknown as (input: unknown, init: object) => Promise<Response>;
  return (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('accept-encoding', 'identity');
    return send(input, { ...init, headers, dispatcher, redirect: 'manual' });
  };
}
