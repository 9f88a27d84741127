import robotsParser from 'robots-parser';
import { AppError } from '../../errors.ts';
import type { SafeFetch } from '../../net/safe-fetch.ts';

// Its types promise a default export that the CommonJS module does not have.
const parseRobots = robotsParser as unknown as typeof robotsParser.default;

export interface CrawlRules {
  isAllowed(url: string): boolean;
  /** Pause between two requests that the site asks for; 0 when it asks for none. */
  delayMs: number;
  sitemaps: string[];
}

const NAME = 'Parley';
/** A site may slow us down, but not so much that a sync never ends. */
const LONGEST_DELAY_MS = 10_000;

/**
 * Reads what a site asks of crawlers. A site without robots.txt allows everything.
 * @throws AppError `fetch_failed` when the server is in trouble: then nobody knows what it would have asked
 */
export async function readCrawlRules(origin: string, safeFetch: SafeFetch, signal: AbortSignal): Promise<CrawlRules> {
  const address = new URL('/robots.txt', origin).href;
  const response = await safeFetch(address, { signal });
  if (response.status >= 500) throw new AppError('fetch_failed', `Its robots.txt answers ${response.status}.`);
  const robots = parseRobots(address, Buffer.from(response.bytes).toString('utf8'));
  return {
    isAllowed: (url) => robots.isAllowed(url, NAME) ?? true,
    delayMs: Math.min(LONGEST_DELAY_MS, (robots.getCrawlDelay(NAME) ?? 0) * 1000),
    sitemaps: robots.getSitemaps(),
  };
}
