import type { DocumentBlock } from '../document-block.ts';
import type { HtmlElement } from './html-document.ts';
import { rowsOf } from './html-tables.ts';
import { codeToMarkdown, gridOf, gridToMarkdown, htmlToMarkdown, markerOf, writeItem } from './html-to-markdown.ts';

const BLOCKS =
  'address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure footer form ' +
  'h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol p pre search section summary table ul';
const BLOCK_SELECTOR = BLOCKS.split(' ').join(',');
const BLOCK_NAMES = new Set(BLOCKS.toUpperCase().split(' '));
const HEADINGS = 'h1, h2, h3, h4, h5, h6';

/** What an element says, block by block, without going through Markdown: its signs in the text mean nothing here. */
export function htmlToBlocks(parent: HtmlElement): DocumentBlock[] {
  const blocks: DocumentBlock[] = [];
  let run: Node[] = [];
  const endRun = () => {
    const text = inlineText(run, parent);
    if (text) blocks.push({ type: 'prose', text });
    run = [];
  };
  for (const node of parent.childNodes) {
    if (!isBlock(node)) {
      run.push(node);
      continue;
    }
    endRun();
    blocks.push(...toBlocks(node as HtmlElement));
  }
  endRun();
  return blocks;
}

function isBlock(node: Node): boolean {
  if (node.nodeType !== 1) return false;
  return BLOCK_NAMES.has(node.nodeName) || (node as HtmlElement).querySelector(BLOCK_SELECTOR) !== null;
}

function toBlocks(element: HtmlElement): DocumentBlock[] {
  switch (element.nodeName) {
    case 'H1':
    case 'H2':
    case 'H3':
    case 'H4':
    case 'H5':
    case 'H6':
      return toHeading(element);
    case 'PRE': {
      const text = codeToMarkdown(element);
      return text ? [{ type: 'code', text }] : [];
    }
    case 'TABLE':
      return toTable(element);
    case 'UL':
    case 'OL':
    case 'MENU':
      return toItems(element);
    case 'BLOCKQUOTE': {
      const text = htmlToMarkdown(element).trim();
      return text ? [{ type: 'prose', text: text.replace(/^/gm, '> ').replace(/^> $/gm, '>') }] : [];
    }
    default:
      return htmlToBlocks(element);
  }
}

function inlineText(nodes: Node[], parent: HtmlElement): string {
  if (nodes.length === 0) return '';
  const box = parent.ownerDocument.createElement('div');
  box.append(...nodes.map((node) => node.cloneNode(true)));
  return htmlToMarkdown(box).trim();
}

function toHeading(element: HtmlElement): DocumentBlock[] {
  const text = headingText(element);
  return text ? [{ type: 'heading', level: Number(element.nodeName.slice(1)), text, anchor: anchorOf(element) }] : [];
}

/** As it is read; a picture says what it is described as. */
export function headingText(heading: HtmlElement): string {
  const words = heading.textContent
    .replace(/[\s\u200B]+/g, ' ')
    .replace(/\s*[¶§]\s*$/, '')
    .trim();
  return words || (heading.querySelector('img')?.getAttribute('alt') ?? '').trim();
}

function anchorOf(heading: HtmlElement): string | null {
  const inside = heading.querySelector('a[id], a[name]');
  const own = heading.getAttribute('id') || inside?.getAttribute('id') || inside?.getAttribute('name') || '';
  const around = heading.parentElement;
  const section = around?.nodeName === 'SECTION' ? (around.getAttribute('id') ?? '') : '';
  const anchor = own || section;
  return /^[^\s"<>`{}|\\^]+$/.test(anchor) ? anchor : null;
}

/** Lists of whole sections, such as cards with headings, are no lists of items. */
function toItems(list: HtmlElement): DocumentBlock[] {
  if (list.querySelector(HEADINGS)) return htmlToBlocks(list);
  return [...list.children].flatMap((child): DocumentBlock[] => {
    const item = child as HtmlElement;
    if (item.nodeName !== 'LI') return isBlock(item) ? toBlocks(item) : [];
    const text = htmlToMarkdown(item).trim();
    return text ? [{ type: 'item', text: writeItem(text, markerOf(item)) }] : [];
  });
}

function toTable(table: HtmlElement): DocumentBlock[] {
  const grid = isForLayout(table) ? null : gridOf(table);
  if (!grid || grid.header.length === 1) return rowsOf(table).flatMap((row) => [...row.children].flatMap(readCell));
  const caption: DocumentBlock[] = grid.caption ? [{ type: 'prose', text: grid.caption }] : [];
  return [...caption, { type: 'table', text: gridToMarkdown(grid) }];
}

function readCell(cell: Element): DocumentBlock[] {
  return htmlToBlocks(cell as HtmlElement);
}

/** Tables that only put boxes beside each other: they say so, have sections in them, or are one row of whole blocks. */
function isForLayout(table: HtmlElement): boolean {
  if (/^(presentation|none)$/.test(table.getAttribute('role') ?? '') || table.querySelector(HEADINGS)) return true;
  const rows = rowsOf(table);
  return rows.length === 1 && rows[0]?.querySelector('p, div, ul, ol, pre, table') !== null;
}
