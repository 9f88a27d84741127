import { charsetOf, detectFormat } from '../formats/detect-format.ts';
import { readHtml } from '../formats/html-document.ts';
import type { FoundDocument } from '../found-document.ts';

type Found = Extract<FoundDocument, { state: 'found' }>;

/** The addresses a page links to, in order, without fragments and without those marked `nofollow`; none if not HTML. */
export function linksOf(page: Found): string[] {
  const base = page.url ?? page.location;
  if (detectFormat(new URL(base).pathname, page.contentType) !== 'html') return [];
  const document = readHtml(page.bytes, charsetOf(page.contentType));
  const links = [...document.querySelectorAll('a[href]')].filter(
    (link) => !/\bnofollow\b/i.test(link.getAttribute('rel') ?? ''),
  );
  return [...new Set(links.flatMap((link) => toAddress(link.getAttribute('href') ?? '', base)))];
}

function toAddress(href: string, base: string): string[] {
  if (!URL.canParse(href, base)) return [];
  const url = new URL(href, base);
  url.hash = '';
  return url.protocol === 'http:' || url.protocol === 'https:' ? [url.href] : [];
}
