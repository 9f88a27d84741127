import { isUtf8 } from 'node:buffer';
import htmlEncodingSniffer from 'html-encoding-sniffer';
import { parseHTML } from 'linkedom';
import { parse, serialize } from 'parse5';
import { decodeText } from './decode-text.ts';

/** Elements of the small DOM that runs without a browser; the same as the browser's as far as they are used here. */
export type HtmlElement = HTMLElement;

/** Long comments and styles may stand before what a page says of itself. */
const LATE_BYTES = 65_536;

/**
 * A page's bytes as a document, read as browsers do: the encoding from the byte order mark, the server, a real meta tag
 * or the text itself; tags that authors and minifiers leave out are there.
 * @param charset from the content type; null when the server named none
 * @throws AppError `unreadable_document` when the bytes are not text
 */
export function readHtml(bytes: Uint8Array, charset: string | null): Document {
  return toHtmlDocument(decodeText(bytes, declaredEncoding(bytes, charset)));
}

/** Like browsers, which begin anew when a meta tag comes late; not where the text says for itself that it is UTF-8. */
function declaredEncoding(bytes: Uint8Array, charset: string | null): string {
  const known = { ...(charset ? { transportLayerEncodingLabel: charset } : {}), defaultEncoding: '' };
  const declared = htmlEncodingSniffer(bytes, known);
  if (declared !== '' || isUtf8(bytes)) return declared;
  const further = { ...known, maxPrescanBytes: LATE_BYTES };
  return htmlEncodingSniffer(bytes, further);
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
