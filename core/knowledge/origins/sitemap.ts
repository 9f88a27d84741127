import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { XMLParser } from 'fast-xml-parser';
import { AppError } from '../../errors.ts';

export interface Sitemap {
  pages: string[];
  /** Further sitemaps that an index names. */
  sitemaps: string[];
}

/** The format's own limit for one file, uncompressed. */
const MAX_BYTES = 52_428_800;

const parser = new XMLParser({ removeNSPrefix: true, isArray: (name) => name === 'url' || name === 'sitemap' });

/**
 * Reads a sitemap or an index of sitemaps, compressed or not.
 * @throws AppError `fetch_failed` when it is neither
 */
export async function parseSitemap(bytes: Uint8Array): Promise<Sitemap> {
  const complaint = 'It is not a sitemap.';
  try {
    const tree = parser.parse(Buffer.from(await unpack(bytes)).toString('utf8'));
    if (!('urlset' in tree) && !('sitemapindex' in tree)) throw new AppError('fetch_failed', complaint);
    return { pages: locations(tree.urlset?.url), sitemaps: locations(tree.sitemapindex?.sitemap) };
  } catch (cause) {
    throw cause instanceof AppError ? cause : new AppError('fetch_failed', complaint, { cause });
  }
}

async function unpack(bytes: Uint8Array): Promise<Uint8Array> {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return isGzip ? promisify(gunzip)(bytes, { maxOutputLength: MAX_BYTES }) : bytes;
}

function locations(entries: unknown): string[] {
  if (!Array.isArray(entries)) return [];
  return entries.map((entry) => String(entry?.loc ?? '').trim()).filter((location) => URL.canParse(location));
}
