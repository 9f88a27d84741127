/** How many requests one bucket lets through in how long. */
export interface BucketRule {
  limit: number;
  perMs: number;
}

export interface BucketVerdict {
  isLimited: boolean;
  headers: Record<string, string>;
  retryAfterSeconds: number;
}

/** Counts requests like Discord does: by method, route and channel or webhook, in windows that begin with the first. */
export function createBuckets({ now }: { now(): number }) {
  const windows = new Map<string, { used: number; endsAt: number }>();

  return {
    take(key: string, { limit, perMs }: BucketRule): BucketVerdict {
      const open = windows.get(key);
      const window = open && open.endsAt > now() ? open : { used: 0, endsAt: now() + perMs };
      windows.set(key, window);
      const isLimited = window.used >= limit;
      if (!isLimited) window.used += 1;
      const resetAfter = (window.endsAt - now()) / 1000;
      return {
        isLimited,
        retryAfterSeconds: resetAfter,
        headers: {
          'x-ratelimit-limit': String(limit),
          'x-ratelimit-remaining': String(limit - window.used),
          'x-ratelimit-reset': String(window.endsAt / 1000),
          'x-ratelimit-reset-after': resetAfter.toFixed(3),
          'x-ratelimit-bucket': key.replaceAll(/[^a-z]/gi, '').slice(0, 24),
        },
      };
    },
  };
}
