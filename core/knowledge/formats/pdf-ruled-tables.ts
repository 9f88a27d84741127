import { areRows, boxOf, distinct, type Grid, isAt, isInside, isTouching, MOST_CELLS } from './pdf-grid.ts';
import { openGridsOf } from './pdf-open-grids.ts';
import type { Piece } from './pdf-piece.ts';
import { joinText, textOf, toRows } from './pdf-rows.ts';
import type { Ruling, Rulings } from './pdf-rulings.ts';

/** A table whose cells have lines around them. */
export interface RuledTable {
  cells: string[][];
  left: number;
  right: number;
  top: number;
}

/**
 * Tables by the lines that a page draws: a cell ends where a line is, however many rows and columns it covers.
 * @returns the tables, and what stands outside of them
 */
export function takeRuledTables(pieces: Piece[], rulings: Rulings): { tables: RuledTable[]; others: Piece[] } {
  const tables: RuledTable[] = [];
  let others = pieces;
  for (const grid of [...gridsOf(rulings), ...openGridsOf(rulings, pieces)]) {
    const cut = others.flatMap((piece) => splitAtLines(piece, grid.down));
    const inside = cut.filter((piece) =>
      isInside(piece, { left: 0, right: grid.xs.length - 1, top: 0, bottom: grid.ys.length - 1 }, grid),
    );
    const table = readGrid(grid, inside);
    if (!table) continue;
    tables.push(table);
    others = cut.filter((piece) => !inside.includes(piece));
  }
  return { tables, others };
}

/** Lines that touch each other belong together. */
function gridsOf({ across, down }: Rulings): Grid[] {
  const groups: Rulings[] = [];
  for (const line of across) {
    const touched = down.filter((other) => isTouching(line, other));
    const mine = groups.filter((group) => touched.some((other) => group.down.includes(other)));
    const merged: Rulings = { across: [line], down: [] };
    for (const group of mine) {
      merged.across.push(...group.across);
      groups.splice(groups.indexOf(group), 1);
    }
    merged.down = [...new Set([...touched, ...mine.flatMap((group) => group.down)])];
    if (touched.length > 0) groups.push(merged);
  }
  return groups
    .map((group) => ({ ...group, xs: distinct(group.down), ys: distinct(group.across) }))
    .filter(({ xs, ys }) => xs.length >= 3 && ys.length >= 3 && xs.length * ys.length <= MOST_CELLS);
}

function readGrid(grid: Grid, inside: Piece[]): RuledTable | null {
  const { xs, ys } = grid;
  const cells = ys.slice(1).flatMap((_, row) => rowsOfBand(grid, row, inside));
  const filled = cells.filter((row) => new Set(row.filter((text) => text !== '')).size >= 2);
  if (filled.length < 2) return null;
  const shown = cells.filter((row) => row.some((text) => text !== ''));
  return { cells: shown, left: xs[0] ?? 0, right: xs.at(-1) ?? 0, top: ys[0] ?? 0 };
}

/** Cells that stand close together come as one text; it is cut at the space that is nearest to the line. */
function splitAtLines(piece: Piece, down: Ruling[]): Piece[] {
  const { x, y, width, size, text } = piece;
  const line = down.find(({ at, from, to }) => at > x + 1 && at < x + width - 1 && from < y && to > y - size);
  if (!line) return [piece];
  const expected = ((line.at - x) / width) * text.length;
  const spaces = [...text.matchAll(/\s+/g)].map(({ index }) => index);
  const cut = spaces.reduce((a, b) => (Math.abs(b - expected) < Math.abs(a - expected) ? b : a), spaces[0] ?? -1);
  if (cut < 0 || Math.abs(cut - expected) > 4) return [piece];
  const before = { ...piece, text: text.slice(0, cut), width: Math.max(1, line.at - x - 1) };
  const rest = text.slice(cut).trimStart();
  const after = {
    ...piece,
    text: rest,
    x: line.at + 1,
    width: Math.max(1, x + width - line.at - 1),
    spaceBefore: true,
  };
  return [before, ...splitAtLines(after, down)];
}

/** The rows between two lines: one, unless the lines of text between them are rows of their own. */
function rowsOfBand(grid: Grid, band: number, pieces: Piece[]): string[][] {
  const boxes = grid.xs.slice(1).map((_, column) => boxOf(grid, band, column));
  const cells = boxes.map((box) => toRows(pieces.filter((piece) => isInside(piece, box, grid))));
  const isOneBand = boxes.every(({ top, bottom }) => top === band && bottom === band + 1);
  const rights = boxes.map(({ right }) => grid.xs[right] ?? 0);
  if (!isOneBand || !areRows(cells, rights)) {
    return [cells.map((rows) => rows.map(textOf).reduce(joinText, ''))];
  }
  const heights = cells.reduce((a, b) => (b.length > a.length ? b : a)).map(({ y }) => y);
  return heights.map((y) =>
    cells.map((rows) =>
      rows
        .filter((row) => isAt(row, y))
        .map(textOf)
        .join(' '),
    ),
  );
}
