import htmlEncodingSniffer from 'html-encoding-sniffer';
import { parseHTML } from 'linkedom';
import { parse, serialize } from 'parse5';
import { decodeText } from './decode-text.ts';

/** Elements of the small DOM that runs without a browser; the same as the browser's as far as they are used here. */
export type HtmlElement = HTMLElement;

/**
 * A page's bytes as a document, read as browsers do: the encoding from the byte order mark, the server, a real meta tag
 * or the text itself; tags that authors and minifiers leave out are there.
 * @param charset from the content type; null when the server named none
 * @throws AppError `unreadable_document` when the bytes are not text
 */
export function readHtml(bytes: Uint8Array, charset: string | null): Document {
  const declared = htmlEncodingSniffer(bytes, {
    ...(charset ? { transportLayerEncodingLabel: charset } : {}),
    defaultEncoding: '',
  });
  return toHtmlDocument(decodeText(bytes, declared));
}

/** The small DOM takes tags as they stand; the browsers' algorithm puts them where they belong before. */
export function toHtmlDocument(html: string): Document {
  return parseHTML(serialize(parse(html))).document;
}

/** What relative addresses in a page at `url` begin from. */
export function baseOf(document: Document, url: string): string {
  const named = document.querySelector('base[href]')?.getAttribute('href') ?? '';
  return URL.canParse(named, url) ? new URL(named, url).href : url;
}
