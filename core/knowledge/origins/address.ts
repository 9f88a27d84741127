import type { SafeResponse } from '../../net/safe-fetch.ts';
import type { FoundDocument } from '../found-document.ts';
import { fetchPage, requireSuccess, toFound, type WebOptions } from './page.ts';

/** What servers call XML and what is compressed; pages have other names. */
const SITEMAP_TYPES = /^(?:$|(?:text|application)\/(?:xml|gzip|x-gzip|octet-stream)(?:;|$))/i;

/**
 * The one page of a `url` source, or, where that is a sitemap under another name, the pages that it names.
 * @throws AppError `fetch_failed` and the like; what was read before is kept then
 */
export async function* readAddressSource(location: string, options: WebOptions): AsyncGenerator<FoundDocument> {
  const response = await fetchPage(location, options);
  if (response.status === 304) yield { state: 'unchanged', location };
  else if (await isSitemap(requireSuccess(location, response))) {
    const { readSitemapSource } = await import('./website.ts');
    yield* readSitemapSource(location, options);
  } else yield toFound(location, response);
}

async function isSitemap({ bytes, headers }: SafeResponse): Promise<boolean> {
  if (!SITEMAP_TYPES.test(headers.get('content-type') ?? '')) return false;
  const { parseSitemap } = await import('./sitemap.ts');
  return parseSitemap(bytes, 'http://localhost/').then(
    () => true,
    () => false,
  );
}
