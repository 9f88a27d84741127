import { charsetOf, detectFormat } from '../formats/detect-format.ts';
import { baseOf, readHtml } from '../formats/html-document.ts';
import type { FoundDocument } from '../found-document.ts';

type Found = Extract<FoundDocument, { state: 'found' }>;

export interface PageLinks {
  /** In order, without fragments and without those marked `nofollow`. */
  links: string[];
  /** The page asks searches to leave it out, as menus in a frame and versions for printing do. */
  isUnlisted: boolean;
}

/** Where a page leads to, frames included: some sites have their menu in one. Nothing if it is not HTML. */
export function readLinks(page: Found): PageLinks {
  const address = page.url ?? page.location;
  if (detectFormat(new URL(address).pathname, page.contentType) !== 'html') return { links: [], isUnlisted: false };
  const document = tryToRead(page);
  if (!document) return { links: [], isUnlisted: false };
  const base = baseOf(document, address);
  const written = [...document.querySelectorAll('a[href], area[href], iframe[src], frame[src]')]
    .filter((link) => !/\bnofollow\b/i.test(link.getAttribute('rel') ?? ''))
    .map((link) => link.getAttribute('href') ?? link.getAttribute('src') ?? '');
  const robots = document.querySelector('meta[name=robots i]')?.getAttribute('content') ?? '';
  return {
    links: [...new Set(written.flatMap((href) => toAddress(href, base)))],
    isUnlisted: /\b(noindex|none)\b/i.test(robots),
  };
}

/** A page that cannot be read has no links; that it cannot be read is said where it is read for its text. */
function tryToRead(page: Found): Document | null {
  try {
    return readHtml(page.bytes, charsetOf(page.contentType));
  } catch {
    return null;
  }
}

function toAddress(href: string, base: string): string[] {
  if (!URL.canParse(href, base)) return [];
  const url = new URL(href, base);
  url.hash = '';
  return url.protocol === 'http:' || url.protocol === 'https:' ? [url.href] : [];
}
