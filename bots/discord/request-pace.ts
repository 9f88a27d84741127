import { setTimeout as sleep } from 'node:timers/promises';
import { type REST, RESTEvents } from 'discord.js';

/** What one bucket of requests has left, by Discord's own headers. */
interface Bucket {
  remaining: number;
  resetsAt: number;
}

export type RequestPace = ReturnType<typeof createRequestPace>;

/** Kept free for last edits and for the answers of others. */
const RESERVED = 1;
const MOST_BUCKETS = 1000;
/** Discord's windows end a little later than its headers say here, by the time they travelled. */
const MARGIN_MS = 50;

/**
 * Keeps to the limits that the headers of earlier answers tell. The library does so too, but it learns which requests
 * share a bucket only from the first answer, and sends what is queued before and after that side by side.
 */
export function createRequestPace({ rest, now }: { rest: REST; now(): number }) {
  const buckets = new Map<string, Bucket>();
  const queues = new Map<string, Promise<unknown>>();

  rest.on(RESTEvents.Response, (request, response) => {
    const remaining = response.headers.get('x-ratelimit-remaining');
    const resetAfter = response.headers.get('x-ratelimit-reset-after');
    if (remaining === null || resetAfter === null) return;
    if (buckets.size >= MOST_BUCKETS) forgetEnded();
    buckets.set(toKey(request.method, request.path), {
      remaining: response.status === 429 ? 0 : Number(remaining),
      resetsAt: now() + Number(resetAfter) * 1000 + MARGIN_MS,
    });
  });

  function forgetEnded(): void {
    for (const [key, bucket] of buckets) if (bucket.resetsAt <= now()) buckets.delete(key);
  }

  function leftMs(key: string, reserved: number): number {
    const bucket = buckets.get(key);
    return bucket && bucket.remaining <= reserved ? Math.max(0, bucket.resetsAt - now()) : 0;
  }

  return {
    /** Sends a request in its turn, once its bucket has something left. */
    async send<T>(method: string, path: string, request: () => Promise<T>): Promise<T> {
      const key = toKey(method, path);
      const before = queues.get(key) ?? Promise.resolve();
      const sent = before.then(async () => {
        for (let waitMs = leftMs(key, 0); waitMs > 0; waitMs = leftMs(key, 0)) await sleep(waitMs);
        return request();
      });
      const settled = sent.catch(() => {});
      queues.set(key, settled);
      try {
        return await sent;
      } finally {
        if (queues.get(key) === settled) queues.delete(key);
      }
    },

    /** How long a request that can wait had better: what is queued is old by the time it is shown. */
    delayMs(method: string, path: string): number {
      const key = toKey(method, path);
      return queues.has(key) ? Math.max(leftMs(key, RESERVED), MARGIN_MS) : leftMs(key, RESERVED);
    },
  };
}

/** Requests share a bucket when they agree in method, in route and in the channel or webhook: the rest is any id. */
function toKey(method: string, path: string): string {
  const [, kind = '', major = '', ...others] = path.split('?')[0]?.split('/') ?? [];
  const [token = '', ...route] = kind === 'webhooks' ? others : ['', ...others];
  return [method, kind, major, token, ...route.map((part) => (/^\d+$|^@|^%40/.test(part) ? ':id' : part))].join('/');
}
