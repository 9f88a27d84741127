import { joinGroupedHeader } from './grouped-header.ts';
import type { HtmlElement } from './html-document.ts';

/** A table as rows of equal length, in which a cell stands in every row and column that it covers. */
export interface TableGrid {
  header: string[];
  rows: string[][];
  /** What stands above the table or in one cell over its whole width. */
  caption: string;
}

/** Wider tables are drawings; what spans more is made to fill the memory. */
const MAX_WIDTH = 200;
/** So many characters are written again for spans; then they are left out. */
const MAX_REPEATED = 500_000;

interface Placed {
  text: string;
  isHeader: boolean;
  /** False where the cell began in another row or column. */
  isOrigin: boolean;
}

/** The rows that are the table's own, not those of tables in its cells. */
export function rowsOf(table: HtmlElement): HtmlElement[] {
  const rows = [...table.querySelectorAll('tr')] as HtmlElement[];
  return rows.filter((row) => row.closest('table') === table || !row.closest('table'));
}

/** Null when there is nothing in it. */
export function readGrid(table: HtmlElement, textOf: (cell: HtmlElement) => string): TableGrid | null {
  const rows = rowsOf(table);
  const caption = [...table.children].find((child) => child.nodeName === 'CAPTION') as HtmlElement | undefined;
  const titles = caption ? [textOf(caption)] : [];
  let placed = withoutEmptyColumns(placeCells(rows, textOf));
  const inHead = rows.map((row) => row.parentElement?.nodeName === 'THEAD');
  let lines = placed
    .map((cells, n) => ({ cells, isHead: inHead[n] === true || cells.every(({ isHeader }) => isHeader) }))
    .filter(({ cells }) => cells.some(({ text }) => text !== ''));
  const width = lines[0]?.cells.length ?? 0;
  while (lines.length > 1 && width > 1 && coversAll(lines[0]?.cells ?? [])) {
    titles.push(lines[0]?.cells[0]?.text ?? '');
    lines = lines.slice(1);
  }
  placed = lines.map(({ cells }) => cells);
  if (placed.length === 0) return null;
  const firstBody = lines.findIndex(({ isHead }) => !isHead);
  const headers = Math.max(1, firstBody < 0 ? 1 : firstBody);
  const grid = {
    header: joinHeaders(placed.slice(0, headers)),
    rows: placed.slice(headers).map((cells) => cells.map(({ text }) => text)),
    caption: titles.filter((title) => title !== '').join('\n\n'),
  };
  return headers === 1 ? joinGroupedHeader(grid) : grid;
}

/** Puts each cell into all places it covers, as browsers lay tables out. */
function placeCells(rows: HtmlElement[], textOf: (cell: HtmlElement) => string): Placed[][] {
  const grid: Placed[][] = rows.map(() => []);
  let repeated = 0;
  for (const [y, row] of rows.entries()) {
    let x = 0;
    for (const cell of [...row.children] as HtmlElement[]) {
      while (grid[y]?.[x]) x += 1;
      if (x >= MAX_WIDTH) break;
      const text = textOf(cell);
      const wide = Math.min(spanOf(cell, 'colspan') || 1, MAX_WIDTH - x);
      for (let down = 0; down < rowsCovered(cell, rows, y); down += 1) {
        for (let right = 0; right < wide; right += 1) {
          const isOrigin = down === 0 && right === 0;
          if (!isOrigin) repeated += text.length;
          const shown = isOrigin || repeated <= MAX_REPEATED ? text : '';
          const line = grid[y + down];
          if (line && !line[x + right]) line[x + right] = { text: shown, isHeader: cell.nodeName === 'TH', isOrigin };
        }
      }
      x += wide;
    }
  }
  const width = Math.max(0, ...grid.map((line) => line.length));
  const empty: Placed = { text: '', isHeader: true, isOrigin: false };
  return grid.map((line) => Array.from({ length: width }, (_, x) => line[x] ?? empty));
}

/** A cell ends with the group of rows it began in; 0 means just that. */
function rowsCovered(cell: HtmlElement, rows: HtmlElement[], from: number): number {
  const group = rows[from]?.parentElement;
  const end = rows.findIndex((row, n) => n > from && row.parentElement !== group);
  const left = (end < 0 ? rows.length : end) - from;
  const span = spanOf(cell, 'rowspan');
  return span === 0 ? left : Math.min(span, left);
}

function spanOf(cell: HtmlElement, name: 'colspan' | 'rowspan'): number {
  const written = Number.parseInt(cell.getAttribute(name) ?? '1', 10);
  return Number.isFinite(written) && written >= 0 ? written : 1;
}

/** Authors span more columns than there are; a column in which nothing begins is none. */
function withoutEmptyColumns(grid: Placed[][]): Placed[][] {
  const width = grid[0]?.length ?? 0;
  const used = Array.from({ length: width }, (_, x) => grid.some((line) => line[x]?.isOrigin));
  return grid.map((line) => line.filter((_, x) => used[x]));
}

function coversAll(cells: Placed[]): boolean {
  return (
    cells.length > 1 &&
    cells.filter(({ isOrigin }) => isOrigin).length === 1 &&
    cells.every(({ text }) => text === cells[0]?.text)
  );
}

/** Names over several columns are put before the names below them. */
function joinHeaders(lines: Placed[][]): string[] {
  const width = lines[0]?.length ?? 0;
  return Array.from({ length: width }, (_, x) => {
    const names = lines.map((line) => line[x]?.text ?? '').filter((name) => name !== '');
    return names.filter((name, n) => name !== names[n - 1]).join(' ');
  });
}
