import type { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';

interface Share {
  left: number;
  endsAt: number;
}

/** Of what a key may use, a process takes this many shares one after the other. */
const SHARES = 20;
/** So many keys are remembered before those whose window has ended are forgotten. */
const MOST_KEYS = 10_000;

/**
 * Counts in the database by the share instead of one by one: for a limit that every request meets, and that many
 * requests of one network would wait for in line. A single process counts exactly; each further one may leave less
 * than one share of a window unused.
 */
export function createShares(limiter: RateLimiterPostgres) {
  const size = toShareSize(limiter.points);
  const shares = new Map<string, Share>();
  const arriving = new Map<string, Promise<void>>();

  async function takeShare(key: string): Promise<void> {
    const { msBeforeNext }: RateLimiterRes = await limiter.consume(key, size);
    shares.set(key, { left: size, endsAt: Date.now() + msBeforeNext });
    if (shares.size > MOST_KEYS) forgetEnded();
  }

  function forgetEnded(): void {
    const now = Date.now();
    for (const [key, share] of shares) if (share.endsAt <= now) shares.delete(key);
  }

  return {
    /** @throws RateLimiterRes over the limit */
    async consume(key: string): Promise<void> {
      for (;;) {
        const share = shares.get(key);
        if (share && share.left > 0 && Date.now() < share.endsAt) {
          share.left -= 1;
          return;
        }
        const taking = arriving.get(key) ?? takeShare(key).finally(() => arriving.delete(key));
        arriving.set(key, taking);
        await taking;
      }
    },
  };
}

/** Shares that add up to the limit, so that the last one is not refused for being too large. */
function toShareSize(points: number): number {
  for (let size = Math.floor(points / SHARES); size > 1; size -= 1) if (points % size === 0) return size;
  return 1;
}
