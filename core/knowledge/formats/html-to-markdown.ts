import TurndownService from 'turndown';
import type { HtmlElement } from './html-document.ts';
import { readGrid, type TableGrid } from './html-tables.ts';
import { raiseDigits } from './raised-digits.ts';

const turndown = new TurndownService({ headingStyle: 'atx', codeBlockStyle: 'fenced', bulletListMarker: '-' });

// What comes out is shown and searched as it is and not read as Markdown again, so no character needs a backslash.
turndown.escape = (text) => text;

// How a word is said, between its letters, would make another word of it.
turndown.remove(['script', 'style', 'noscript', 'iframe', 'button', 'template', 'rt', 'rp']);

turndown.addRule('picture', {
  filter: (node) => ['IMG', 'SVG', 'PICTURE'].includes(node.nodeName.toUpperCase()),
  replacement: (_content, node) => ('getAttribute' in node ? (node.getAttribute('alt') ?? '') : ''),
});

// On the line, 10² would be another number.
turndown.addRule('power', {
  filter: 'sup',
  replacement: (content) => (/^[-−]?\d+$/.test(content.trim()) ? raiseDigits(content.trim()) : content),
});

turndown.addRule('item', {
  filter: 'li',
  replacement: (content, node) => `${writeItem(content, markerOf(node as HtmlElement))}${node.nextSibling ? '\n' : ''}`,
});

turndown.addRule('table', {
  filter: 'table',
  replacement: (_content, node) => {
    const table = node as HtmlElement;
    return table.parentElement?.closest('td, th') ? flattenTable(table) : `\n\n${tableToMarkdown(table)}\n\n`;
  },
});

turndown.addRule('code', {
  filter: 'pre',
  replacement: (_content, node) => `\n\n${codeToMarkdown(node as HtmlElement)}\n\n`,
});

/** The content of an element, without the element itself. */
export function htmlToMarkdown(element: HtmlElement): string {
  return turndown.turndown(element);
}

/** A code block in a fence that is longer than any in it; empty when nothing is in it. */
export function codeToMarkdown(pre: HtmlElement): string {
  const code = (pre.textContent ?? '').replace(/^\n|\n$/g, '');
  const language = /language-([\w+#-]+)/.exec(pre.querySelector('code')?.getAttribute('class') ?? '')?.[1] ?? '';
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const ticks = '`'.repeat(longest + 1);
  return code.trim() ? `${ticks}${language}\n${code}\n${ticks}` : '';
}

/** `-`, `3.`: the mark of an item by its list, as `numberLists` or its author gave it. */
export function markerOf(item: HtmlElement): string {
  return item.getAttribute('data-marker') ?? '-';
}

/** Gives the items of numbered lists their numbers. */
export function numberLists(document: Document): void {
  for (const list of document.querySelectorAll('ol')) {
    let number = Number.parseInt(list.getAttribute('start') ?? '1', 10) || 1;
    for (const item of list.children) {
      if (item.nodeName !== 'LI') continue;
      number = Number.parseInt(item.getAttribute('value') ?? '', 10) || number;
      item.setAttribute('data-marker', `${number}.`);
      number += 1;
    }
  }
}

/** What belongs to the item is indented below its mark. */
export function writeItem(content: string, marker: string): string {
  const indent = ' '.repeat(marker.length + 1);
  const text = content.trim().replace(/\n{3,}/g, '\n\n');
  return `${marker} ${text.replaceAll(/\n(?!\n|$)/g, `\n${indent}`)}`;
}

export function gridOf(table: HtmlElement): TableGrid | null {
  return readGrid(table, cellText);
}

export function gridToMarkdown({ header, rows }: TableGrid): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), `|${' --- |'.repeat(header.length)}`, ...rows.map(line)].join('\n');
}

function tableToMarkdown(table: HtmlElement): string {
  const grid = gridOf(table);
  if (!grid) return '';
  return [grid.caption, gridToMarkdown(grid)].filter((part) => part !== '').join('\n\n');
}

/** A table in a cell of another one: a cell has no rows, so they follow each other. */
function flattenTable(table: HtmlElement): string {
  const grid = gridOf(table);
  if (!grid) return '';
  const isNamed = table.querySelector('th') !== null && grid.rows.length > 0;
  const named = grid.rows.map((row) => row.map((cell, n) => (grid.header[n] ? `${grid.header[n]}: ${cell}` : cell)));
  const rows = isNamed ? named : [grid.header, ...grid.rows];
  const parts = rows.map((row) => row.filter((cell) => cell !== '').join(', '));
  return ` ${[grid.caption, ...parts].filter((part) => part !== '').join('; ')} `;
}

function cellText(cell: HtmlElement): string {
  return htmlToMarkdown(cell).replace(/\s+/g, ' ').trim();
}
