import { Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';
import { AppError } from '../../errors.ts';
import type { ParsedDocument } from '../document-block.ts';
import { decodeText } from './decode-text.ts';
import { type HtmlElement, htmlToMarkdown } from './html-to-markdown.ts';
import { parseMarkdown } from './markdown.ts';

const AROUND_THE_CONTENT =
  'script, style, noscript, template, nav, header, footer, aside, form, iframe, [role=navigation], [role=banner], ' +
  '[role=contentinfo], [role=search], [aria-hidden=true], [hidden]';

/**
 * Reads the main content of a web page, without menus and footers.
 * @param charset from the content type; the page's own declaration is used when there is none
 * @param url the page's address, for its relative links; null when it has none
 */
export function parseHtml(bytes: Uint8Array, charset: string | null, url: string | null): ParsedDocument {
  const html = decodeText(bytes, charset ?? declaredCharset(bytes));
  const { document } = parseHTML(html.includes('<html') ? html : `<html><body>${html}</body></html>`);
  if (document.querySelector('meta[http-equiv=refresh i]') && (document.body?.textContent ?? '').trim().length < 200) {
    throw new AppError('unreadable_document', 'The page only leads to another one; add that one.');
  }
  if (url) resolveLinks(document, url);
  const title = titleOf(document);
  const markdown = contentOf(document);
  const parsed = parseMarkdown(markdown);
  return { title: title || parsed.title, url: null, blocks: parsed.blocks };
}

/** A page says its encoding within its first kilobyte, in ASCII. */
function declaredCharset(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.subarray(0, 1024)).toString('latin1');
  return /<meta[^>]+charset\s*=\s*["']?([\w-]+)/i.exec(head)?.[1] ?? null;
}

function resolveLinks(document: Document, url: string): void {
  for (const link of document.querySelectorAll('a[href]')) {
    const href = link.getAttribute('href') ?? '';
    if (URL.canParse(href, url)) link.setAttribute('href', new URL(href, url).href);
  }
}

/** The one main heading is the page's own name; the title bar adds the site's. */
function titleOf(document: Document): string {
  const headings = [...document.querySelectorAll('h1')];
  const main = headings.length === 1 ? (headings[0]?.textContent ?? '') : '';
  const shared = document.querySelector('meta[property="og:title"]')?.getAttribute('content') ?? '';
  return (
    [main, shared, document.title ?? '']
      .map((text) =>
        text
          .replace(/\s+/g, ' ')
          .replace(/[¶§#\s]+$/, '')
          .trim(),
      )
      .find((text) => text !== '') ?? ''
  );
}

/**
 * The marked-up main element where there is one, else what Readability takes for the article, else the page without
 * what stands around its content.
 */
function contentOf(document: Document): string {
  for (const element of document.querySelectorAll(AROUND_THE_CONTENT)) if (!isPageHeading(element)) element.remove();
  const marked = document.querySelector('main, [role=main], article');
  const body = (marked ?? document.body) as HtmlElement | null;
  const whole = body ? htmlToMarkdown(body) : '';
  if (marked && whole.length > 0) return whole;
  // Readability changes the document it reads; nothing reads this one after it.
  const article = new Readability(document, { charThreshold: 200, keepClasses: true }).parse();
  const picked = article?.content ? htmlToMarkdown(elementOf(article.content)) : '';
  // Pages made of short lists look like menus to it: then it drops most of what is there.
  return picked.length > whole.length / 2 ? picked : whole;
}

/** An article's own header holds its title. */
function isPageHeading(element: Element): boolean {
  return (
    element.nodeName === 'HEADER' && element.querySelector('h1') !== null && element.closest('main, article') !== null
  );
}

function elementOf(html: string): HtmlElement {
  return parseHTML(`<html><body>${html}</body></html>`).document.body;
}
