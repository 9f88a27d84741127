import type { DocumentBlock } from '../document-block.ts';
import { joinGroupedHeader } from './grouped-header.ts';
import { gridToMarkdown } from './html-to-markdown.ts';
import { joinText, type Row, textOf } from './pdf-rows.ts';
import { findTable, placeOfRuled } from './pdf-tables.ts';

const MARK = /^(?:[•◦▪‣·–—]|[-*](?= )|\(?\d{1,3}[.)](?= )|\(?[a-z][.)](?= ))/i;
const SENTENCE_END = /[.!?:…。！？]["'”’»)\]]*$/;

/**
 * The columns of a page as tables and whole paragraphs; one that goes on in the next column is one.
 * @param ruled tables that were found by their lines; a row says which of them stands there
 */
export function toBlocks(columns: Row[][], ruled: string[][][]): DocumentBlock[] {
  const blocks: DocumentBlock[] = [];
  for (const [first, ...rest] of columns.map((rows) => blocksOfColumn(rows, ruled))) {
    const last = blocks.at(-1);
    const goesOn = last?.type === 'prose' && first?.type === 'prose' && !SENTENCE_END.test(last.text);
    if (goesOn && /^\p{Ll}/u.test(first.text)) last.text = join(last.text, first.text, false);
    else if (first) blocks.push(first);
    blocks.push(...rest);
  }
  return blocks;
}

function blocksOfColumn(rows: Row[], ruled: string[][][]): DocumentBlock[] {
  const blocks: DocumentBlock[] = [];
  let run: Row[] = [];
  const endRun = () => {
    blocks.push(...toParagraphs(run));
    run = [];
  };
  for (let at = 0; at < rows.length; ) {
    const place = placeOfRuled(rows[at]);
    const table = place === null ? findTable(rows, at) : { cells: ruled[place] ?? [], rows: 1 };
    const row = rows[at];
    if (table) {
      endRun();
      blocks.push(...(numberedItems(table.cells) ?? [toTable(table.cells)]));
    } else if (row) {
      run.push(row);
    }
    at += table?.rows ?? 1;
  }
  endRun();
  return blocks;
}

function toTable([header = [], ...rows]: string[][]): DocumentBlock {
  return { type: 'table', text: gridToMarkdown(joinGroupedHeader({ header, rows, caption: '' })) };
}

/** Steps whose numbers stand in a column of their own, counted from one on; null for what is a table. */
function numberedItems(cells: string[][]): DocumentBlock[] | null {
  const items: string[] = [];
  for (const [number = '', text = '', ...others] of cells) {
    if (others.length > 0) return null;
    if (number === '' && items.length > 0) items.push(join(items.pop() ?? '', text, false));
    else if (number.replace('.', '') === String(items.length + 1)) items.push(`${items.length + 1}. ${text}`);
    else return null;
  }
  return items.map((text) => ({ type: 'item', text }));
}

function toParagraphs(rows: Row[]): DocumentBlock[] {
  const right = Math.max(0, ...rows.map((row) => row.right));
  const paragraphs: { text: string; first: Row }[] = [];
  for (const [n, row] of rows.entries()) {
    const before = rows[n - 1];
    const open = paragraphs.at(-1);
    const text = textOf(row);
    if (!before || !open || begins(rows, n, { right, first: open.first })) paragraphs.push({ text, first: row });
    else open.text = join(open.text, text, isShort(before, row, right));
  }
  return paragraphs.map(({ text }) => ({ type: MARK.test(text) ? 'item' : 'prose', text }));
}

/** Whether a paragraph begins with this row: by distance, by size, by a mark, by its indent, or as the one before was over. */
function begins(rows: Row[], n: number, { right, first }: { right: number; first: Row }): boolean {
  const row = rows[n];
  const before = rows[n - 1];
  if (!row || !before) return true;
  const text = textOf(row);
  if (isApart(rows, n) || Math.abs(row.size - before.size) > 0.15 * before.size || MARK.test(text)) return true;
  const isIndented = row.left - before.left > 0.8 * row.size && before.left <= first.left + 0.5 * row.size;
  if (isIndented && !MARK.test(textOf(first))) return true;
  return isShort(before, row, right) && SENTENCE_END.test(textOf(before)) && !/^\p{Ll}/u.test(text);
}

/** Further from the line above than that is from its own neighbour: spacing differs from text to text, even on a page. */
function isApart(rows: Row[], n: number): boolean {
  const distance = (at: number) => {
    const [row, above] = [rows[at], rows[at - 1]];
    if (!row || !above || Math.abs(row.size - above.size) > 0.15 * above.size) return Number.POSITIVE_INFINITY;
    return row.y - above.y;
  };
  const own = (rows[n]?.y ?? 0) - (rows[n - 1]?.y ?? 0);
  const size = rows[n]?.size ?? 0;
  const around = Math.min(distance(n - 1), distance(n + 1));
  if (own > 3 * size || own > 1.2 * around + 0.5) return true;
  return around === Number.POSITIVE_INFINITY && own > 1.7 * size;
}

/** The first word of the next line would have fitted. */
function isShort(before: Row, row: Row, right: number): boolean {
  const text = textOf(row);
  const [word = ''] = text.split(' ');
  const width = ((row.right - row.left) / Math.max(1, text.length)) * (word.length + 1);
  return before.right + width + 0.5 * row.size < right;
}

/** Lines that were meant to end, as in an address, stay lines. */
function join(before: string, line: string, wasShort: boolean): string {
  return wasShort && !before.endsWith('-') && !/^\p{Ll}/u.test(line) ? `${before}\n${line}` : joinText(before, line);
}
