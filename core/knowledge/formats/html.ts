import { Readability } from '@mozilla/readability';
import { AppError } from '../../errors.ts';
import type { DocumentBlock, ParsedDocument } from '../document-block.ts';
import { headingText, htmlToBlocks } from './html-blocks.ts';
import { tidyCode } from './html-code.ts';
import { baseOf, type HtmlElement, readHtml, toHtmlDocument } from './html-document.ts';
import { raiseNotes } from './html-notes.ts';
import { openTabs } from './html-tabs.ts';
import { numberLists } from './html-to-markdown.ts';

const AROUND_THE_CONTENT =
  'script, style, noscript, template, nav, header, footer, aside, form, iframe, [role=navigation], [role=banner], ' +
  '[role=contentinfo], [role=search], [role=doc-toc], #toc, .toc, #footer, [aria-hidden=true], [hidden], .sr-only, .visually-hidden';

/** Nobody reads tables that deep, and each level multiplies the time. */
const DEEP_TABLE = 'table table table table table';
const PERMALINK_TEXT = /^[#¶§🔗\s\u200B]*$/u;
const PERMALINK_CLASS = /hash-?link|header-?(?:anchor|link)|anchor-?link|permalink/i;

/**
 * Reads the main content of a web page, without menus and footers.
 * @param charset from the content type; the page's own declaration is used when there is none
 * @param url the page's address, for its relative links; null when it has none
 */
export function parseHtml(bytes: Uint8Array, charset: string | null, url: string | null): ParsedDocument {
  const document = readHtml(bytes, charset);
  if (document.querySelector('meta[http-equiv=refresh i]') && (document.body?.textContent ?? '').trim().length < 200) {
    throw new AppError('unreadable_document', 'The page only leads to another one; add that one.');
  }
  if (url) resolveLinks(document, url);
  tidy(document);
  const title = titleOf(document);
  const blocks = contentOf(document);
  const first = blocks.find((block) => block.type === 'heading');
  return { title: title || (first?.level === 1 ? first.text : null), url: null, blocks };
}

/** The blocks of a piece of HTML, all of which is content. */
export function blocksOfHtml(html: string): DocumentBlock[] {
  return htmlToBlocks(tidy(toHtmlDocument(html)).body);
}

/** Code, tabs and notes as a reader sees them, before anything is taken away. */
function tidy(document: Document): Document {
  removePermalinks(document);
  tidyCode(document);
  openTabs(document);
  raiseNotes(document);
  numberLists(document);
  for (const table of document.querySelectorAll(DEEP_TABLE)) table.replaceWith(table.textContent);
  return document;
}

/** Documentation sites put a sign beside a heading, an entry or a line that links to it. */
function removePermalinks(document: Document): void {
  for (const link of document.querySelectorAll('a[href*="#"]')) {
    const isSign = PERMALINK_TEXT.test(link.textContent) && !link.querySelector('img');
    const isNamed =
      PERMALINK_CLASS.test(link.getAttribute('class') ?? '') && link.textContent !== link.parentElement?.textContent;
    if (!isSign && !isNamed) continue;
    const anchor = link.id || link.getAttribute('name');
    const heading = link.closest('h1, h2, h3, h4, h5, h6');
    if (anchor && heading && !heading.id) heading.id = anchor;
    link.remove();
  }
}

function resolveLinks(document: Document, url: string): void {
  const base = baseOf(document, url);
  for (const link of document.querySelectorAll('a[href]')) {
    const href = link.getAttribute('href') ?? '';
    if (URL.canParse(href, base)) link.setAttribute('href', new URL(href, base).href);
  }
}

/** The one main heading is the page's own name; the title bar adds the site's. */
function titleOf(document: Document): string {
  const content = document.querySelector('main, [role=main]')?.querySelectorAll('h1') ?? [];
  const headings = [...(content.length > 0 ? content : document.querySelectorAll('h1'))];
  const main = headings.length === 1 && headings[0] ? headingText(headings[0]) : '';
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
function contentOf(document: Document): DocumentBlock[] {
  for (const element of document.querySelectorAll(AROUND_THE_CONTENT)) if (!isContent(element)) element.remove();
  const marked = mainOf(document);
  const body = marked ?? (document.body as HtmlElement | null);
  const whole = body ? htmlToBlocks(body) : [];
  if (marked && whole.length > 0) return whole;
  // Readability changes the document it reads; nothing reads this one after it.
  const article = new Readability(document, { charThreshold: 200, keepClasses: true }).parse();
  const picked = article?.content ? htmlToBlocks(toHtmlDocument(article.content).body) : [];
  // Pages made of short lists look like menus to it: then it drops most of what is there.
  return lengthOf(picked) > lengthOf(whole) / 2 ? picked : whole;
}

/** The one article inside the main element is narrower: beside it stand tables of contents and the way to the next page. */
function mainOf(document: Document): HtmlElement | null {
  const main: HtmlElement | null = document.querySelector('main, [role=main], article');
  const [only, another] = main?.querySelectorAll('article') ?? [];
  if (!main || !only || another) return main;
  return only.textContent.trim().length > main.textContent.trim().length / 2 ? (only as HtmlElement) : main;
}

/** A title, a hint or notes beside the text, and the form that some servers put around the whole page. */
function isContent(element: Element): boolean {
  const isInside = element.parentElement?.closest('main, article, [role=main]') != null;
  if (element.nodeName === 'HEADER') return isInside && element.querySelector('h1') !== null;
  if (element.nodeName === 'ASIDE') return isInside && !isMostlyLinks(element);
  if (element.nodeName === 'FORM') return element.querySelector('h1, h2, main, article') !== null;
  if (element.getAttribute('hidden') === 'until-found') return true;
  return element.matches('.sr-only, .visually-hidden') && /^H[1-6]$/.test(element.nodeName);
}

function isMostlyLinks(element: Element): boolean {
  const links = [...element.querySelectorAll('a')].reduce((sum, link) => sum + link.textContent.trim().length, 0);
  return links > element.textContent.trim().length / 2;
}

function lengthOf(blocks: DocumentBlock[]): number {
  return blocks.reduce((sum, block) => sum + block.text.length, 0);
}
