import { AppError } from '../../errors.ts';
import type { FoundDocument } from '../found-document.ts';
import { requireSuccess, type WebOptions } from './page.ts';
import { parseSitemap, type Sitemap } from './sitemap.ts';

/** How many indexes of sitemaps lead from the start to a page. */
const MAX_DEPTH = 3;

export interface SitemapPages {
  pages: string[];
  /** What the indexes name and could not be read; to be told after the pages, because they stand for a whole site. */
  problems: FoundDocument[];
}

/**
 * All pages of the sitemaps and of those they name, on the same host.
 * @throws AppError when the one sitemap to begin with cannot be read
 */
export async function listPages(start: string[], options: WebOptions): Promise<SitemapPages> {
  const seen = new Set(start);
  const pages = new Set<string>();
  const problems: FoundDocument[] = [];
  let level = start;
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth += 1) {
    const next: string[] = [];
    for (const address of level) {
      const found = await readOne(address, options).catch((error) => {
        if (!(error instanceof AppError) || (depth === 0 && start.length === 1)) throw error;
        problems.push(unreadable(address, error.message));
        return NOTHING;
      });
      for (const page of found.pages) pages.add(withoutFragment(page));
      for (const sitemap of found.sitemaps.filter((one) => !seen.has(one))) {
        seen.add(sitemap);
        if (new URL(sitemap).host === new URL(address).host) next.push(sitemap);
        else problems.push({ state: 'excluded', location: sitemap, reason: 'The sitemap is on another host.' });
      }
    }
    level = next;
  }
  return { pages: [...pages], problems };
}

const NOTHING: Sitemap = { pages: [], sitemaps: [] };

async function readOne(address: string, { safeFetch, signal }: WebOptions): Promise<Sitemap> {
  const response = requireSuccess(address, await safeFetch(address, { signal }));
  return parseSitemap(response.bytes, response.url);
}

/** Nobody knows which pages it names, so none of the site may be taken for gone. */
function unreadable(address: string, reason: string): FoundDocument {
  const site = new URL('/', address).href;
  return { state: 'unreadable', location: site, reason: `The sitemap ${address} was left out: ${reason}` };
}

function withoutFragment(address: string): string {
  const url = new URL(address);
  url.hash = '';
  return url.href;
}
