import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { XMLParser } from 'fast-xml-parser';
import { AppError } from '../../errors.ts';
import { decodeText } from '../formats/decode-text.ts';

export interface Sitemap {
  pages: string[];
  /** Further sitemaps that an index names. */
  sitemaps: string[];
}

/** The format's own limit for one file, uncompressed. */
const MAX_BYTES = 52_428_800;

const parser = new XMLParser({
  parseTagValue: false,
  isArray: (name) => /^(?:[\w.-]+:)?(?:url|sitemap|loc)$/.test(name),
});

/**
 * Reads a sitemap, an index of sitemaps or a plain list of addresses, compressed or not.
 * @param address where it was found, for addresses that are relative to it
 * @throws AppError `fetch_failed` when it is neither
 */
export async function parseSitemap(bytes: Uint8Array, address: string): Promise<Sitemap> {
  const complaint = 'It is not a sitemap.';
  const plain = await unpack(bytes);
  try {
    const text = decodeText(plain, declaredEncoding(plain));
    if (/^\s*https?:\/\//i.test(text)) return { pages: resolve(text.split(/\s+/), address), sitemaps: [] };
    const tree = parser.parse(text);
    const root = Object.keys(tree).find((name) => /^(?:[\w.-]+:)?(?:urlset|sitemapindex)$/.test(name));
    if (!root) throw new AppError('fetch_failed', complaint);
    // Pictures and videos of a page have addresses too, under prefixes of their own.
    const prefix = root.replace(/[^:]*$/, '');
    const listed = (name: string) => locations(tree[root]?.[`${prefix}${name}`], `${prefix}loc`, address);
    return { pages: listed('url'), sitemaps: listed('sitemap') };
  } catch (cause) {
    throw cause instanceof AppError ? cause : new AppError('fetch_failed', complaint, { cause });
  }
}

/** @throws AppError `payload_too_large`, `fetch_failed` */
async function unpack(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: MAX_BYTES });
  } catch (cause) {
    const isTooLarge = cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE';
    throw isTooLarge
      ? new AppError('payload_too_large', 'It unpacks to more than 50 MB, the most that a sitemap may have.', {
          cause,
        })
      : new AppError('fetch_failed', 'It is compressed, and what is in it cannot be unpacked.', { cause });
  }
}

function declaredEncoding(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  return /^\s*<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)/.exec(head)?.[1] ?? null;
}

function locations(entries: unknown, name: string, base: string): string[] {
  return Array.isArray(entries)
    ? resolve(
        entries.map((entry) => String(entry?.[name]?.[0] ?? '')),
        base,
      )
    : [];
}

function resolve(written: string[], base: string): string[] {
  return written
    .map((address) => address.trim())
    .filter((address) => address !== '' && URL.canParse(address, base))
    .map((address) => new URL(address, base))
    .filter(({ protocol }) => protocol === 'http:' || protocol === 'https:')
    .map(({ href }) => href);
}
