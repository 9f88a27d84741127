import { type REST, RESTEvents } from 'discord.js';

/** What one bucket of requests has left, by Discord's own headers. */
interface Bucket {
  remaining: number;
  resetsAt: number;
}

export type EditPace = ReturnType<typeof createEditPace>;

/** Kept free for last edits and for the answers of others. */
const RESERVED = 1;
const MOST_BUCKETS = 1000;

/**
 * Knows from the headers of earlier answers how long an edit had better wait. Requests that are sent too early are
 * not lost, the library queues them; but what is queued is old by the time it is shown.
 */
export function createEditPace({ rest, now }: { rest: REST; now(): number }) {
  const buckets = new Map<string, Bucket>();

  rest.on(RESTEvents.Response, (request, response) => {
    const remaining = response.headers.get('x-ratelimit-remaining');
    const resetAfter = response.headers.get('x-ratelimit-reset-after');
    if (remaining === null || resetAfter === null) return;
    if (buckets.size >= MOST_BUCKETS) forgetEnded();
    buckets.set(toKey(request.method, request.path), {
      remaining: response.status === 429 ? 0 : Number(remaining),
      resetsAt: now() + Number(resetAfter) * 1000,
    });
  });

  function forgetEnded(): void {
    for (const [key, bucket] of buckets) if (bucket.resetsAt <= now()) buckets.delete(key);
  }

  return {
    /** How long a request that can wait should. Zero takes one from the bucket. */
    delayMs(method: string, path: string): number {
      const bucket = buckets.get(toKey(method, path));
      if (!bucket || bucket.resetsAt <= now()) return 0;
      if (bucket.remaining <= RESERVED) return bucket.resetsAt - now();
      bucket.remaining -= 1;
      return 0;
    },
  };
}

/** Requests share a bucket when they agree in method, in route and in the channel or webhook: the rest is any id. */
function toKey(method: string, path: string): string {
  const [, kind = '', major = '', ...others] = path.split('?')[0]?.split('/') ?? [];
  const [token = '', ...route] = kind === 'webhooks' ? others : ['', ...others];
  return [method, kind, major, token, ...route.map((part) => (/^\d+$|^@|^%40/.test(part) ? ':id' : part))].join('/');
}
