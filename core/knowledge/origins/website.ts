import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../../errors.ts';
import { formatOfName } from '../formats/detect-format.ts';
import type { FoundDocument } from '../found-document.ts';
import { readPage, requireSuccess, type WebOptions } from './page.ts';
import { type PageLinks, readLinks } from './page-links.ts';
import { type CrawlRules, readCrawlRules } from './robots.ts';
import { parseSitemap } from './sitemap.ts';
import { listPages } from './sitemap-pages.ts';

/** More than a documentation site has; a limit against endless calendars. */
const MAX_PAGES = 500;
/** How many links lead from the start to a page. */
const MAX_DEPTH = 3;
const NO_LINKS: PageLinks = { links: [], isUnlisted: false };
const UNLISTED = 'The page asks searches to leave it out (noindex); its links were followed.';
/** Gentle enough for any server, and four times as fast as one by one. */
const PARALLEL = 4;

/**
 * The pages a sitemap names, on its own host and as far as robots.txt allows.
 * @throws AppError `fetch_failed` when the sitemap cannot be read
 */
export async function* readSitemapSource(location: string, options: WebOptions): AsyncGenerator<FoundDocument> {
  const { host, origin } = await baseOf(location, options);
  const rules = await readCrawlRules(origin, options.safeFetch, options.signal);
  const { pages, problems } = await listPages([location], options);
  if (pages.length === 0 && problems.length === 0) throw new AppError('fetch_failed', `${location} names no pages.`);
  yield* readListed(pages, { host, rules, options });
  yield* problems;
}

/**
 * The pages of a whole site: those its sitemap names, or, where it names none, those its links lead to.
 * @throws AppError `fetch_failed` when the site cannot be reached
 */
export async function* readWebsiteSource(location: string, options: WebOptions): AsyncGenerator<FoundDocument> {
  const { host, origin } = await baseOf(location, options);
  const rules = await readCrawlRules(origin, options.safeFetch, options.signal);
  const sitemaps = await findSitemaps(rules, { host, origin }, options);
  const { pages, problems } = await listPages(sitemaps, options);
  // A sitemap made for another host, as previews have one, says nothing of this one.
  if (pages.some((page) => new URL(page).host === host)) yield* readListed(pages, { host, rules, options });
  else yield* followLinks(location, { host, rules, options });
  yield* problems;
}

/** Where the address really leads, so that `example.com` may turn out to be `www.example.com`. */
async function baseOf(location: string, options: WebOptions): Promise<{ host: string; origin: string }> {
  const response = await options.safeFetch(location, { signal: options.signal });
  const { host, origin } = new URL(requireSuccess(location, response).url);
  return { host, origin };
}

async function findSitemaps(
  rules: CrawlRules,
  { host, origin }: { host: string; origin: string },
  { safeFetch, signal }: WebOptions,
): Promise<string[]> {
  const addresses = rules.sitemaps.filter((address) => URL.canParse(address, origin));
  const named = addresses.map((address) => new URL(address, origin)).filter((address) => address.host === host);
  if (named.length > 0) return named.map(({ href }) => href);
  const usual = new URL('/sitemap.xml', origin).href;
  const response = await safeFetch(usual, { signal });
  const isSitemap =
    response.status === 200 && (await parseSitemap(response.bytes, response.url).catch(() => null)) !== null;
  return isSitemap ? [usual] : [];
}

interface Crawl {
  host: string;
  rules: CrawlRules;
  options: WebOptions;
}

async function* readListed(pages: string[], crawl: Crawl): AsyncGenerator<FoundDocument> {
  const [firstElsewhere, ...moreElsewhere] = pages.filter((page) => new URL(page).host !== crawl.host);
  if (firstElsewhere) yield excluded(firstElsewhere, elsewhere(crawl.host, moreElsewhere.length));
  const own = pages.filter((page) => new URL(page).host === crawl.host);
  const chosen = own.slice(0, MAX_PAGES);
  const [firstLeftOut] = own.slice(MAX_PAGES);
  if (firstLeftOut) {
    yield excluded(firstLeftOut, `Of ${own.length} pages the first ${MAX_PAGES} are read; add a smaller sitemap.`);
  }
  const allowed: string[] = [];
  for (const page of chosen) {
    if (crawl.rules.isAllowed(page)) allowed.push(page);
    else yield excluded(page, 'The robots.txt of the site does not allow it.');
  }
  yield* readAll(allowed, crawl);
}

async function* followLinks(start: string, crawl: Crawl): AsyncGenerator<FoundDocument> {
  // A page that did not change comes without its links.
  const wholePages: Crawl = { ...crawl, options: { ...crawl.options, known: () => null } };
  const seen = new Set([start]);
  let level = [start];
  let hasFailed = false;
  let isWhollyUnlisted = false;
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth += 1) {
    const next: string[] = [];
    for await (const page of readAll(level, wholePages)) {
      const { links, isUnlisted } = page.state === 'found' ? readLinks(page) : NO_LINKS;
      // A site that hides from searches as a whole, such as one for staff, still wants to be read by its owners.
      if (depth === 0) isWhollyUnlisted = isUnlisted;
      yield isUnlisted && !isWhollyUnlisted ? excluded(page.location, UNLISTED) : page;
      hasFailed ||= page.state === 'unreadable';
      for (const link of links) {
        const isOfThisSite = new URL(link).host === crawl.host && crawl.rules.isAllowed(link) && isPage(link);
        if (!isOfThisSite || seen.has(link) || seen.size >= MAX_PAGES) continue;
        seen.add(link);
        next.push(link);
      }
    }
    level = next;
  }
  const reason = 'Pages that only unreadable pages link to were not found.';
  if (hasFailed) yield { state: 'unreadable', location: new URL('/', start).href, reason };
}

/** In the order given, without pages that turn out to be the same one. */
async function* readAll(addresses: string[], { host, rules, options }: Crawl): AsyncGenerator<FoundDocument> {
  const shown = new Set<string>();
  const parallel = rules.delayMs > 0 ? 1 : PARALLEL;
  for (let from = 0; from < addresses.length; from += parallel) {
    if (from > 0 && rules.delayMs > 0) await pause(rules.delayMs, null, { signal: options.signal });
    const batch = addresses.slice(from, from + parallel);
    for (const page of await Promise.all(batch.map((address) => readPage(address, { ...options, host })))) {
      const url = page.state === 'found' ? page.url : null;
      if (url && shown.has(url)) continue;
      if (url) shown.add(url);
      yield page;
    }
  }
}

/** Addresses with an ending that is no page and no document are pictures, programs and the like. */
function isPage(address: string): boolean {
  const { pathname } = new URL(address);
  return !/\.[a-z0-9]{1,5}$/i.test(pathname) || formatOfName(pathname) !== null || /\.(php|aspx?|jsp)$/i.test(pathname);
}

function excluded(location: string, reason: string): FoundDocument {
  return { state: 'excluded', location, reason };
}

function elsewhere(host: string, more: number): string {
  return `It is not on ${host}${more > 0 ? `, and so are ${more} more` : ''}; only that host is read.`;
}
