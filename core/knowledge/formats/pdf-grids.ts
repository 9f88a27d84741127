import type { Piece } from './pdf-piece.ts';
import { joinText, type Row, textOf, toRows } from './pdf-rows.ts';
import type { Ruling, Rulings } from './pdf-rulings.ts';

/** A table whose cells have lines around them. */
export interface RuledTable {
  cells: string[][];
  left: number;
  right: number;
  top: number;
}

const TOUCHING = 3;
/** More are a chart or a form for counting squares. */
const MOST_CELLS = 10_000;

interface Grid {
  xs: number[];
  ys: number[];
  across: Ruling[];
  down: Ruling[];
}

/**
 * Tables by the lines that a page draws: a cell ends where a line is, however many rows and columns it covers.
 * @returns the tables, and what stands outside of them
 */
export function takeRuledTables(pieces: Piece[], rulings: Rulings): { tables: RuledTable[]; others: Piece[] } {
  const tables: RuledTable[] = [];
  let others = pieces;
  for (const grid of gridsOf(rulings)) {
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

function isTouching(across: Ruling, down: Ruling): boolean {
  return (
    down.at >= across.from - TOUCHING &&
    down.at <= across.to + TOUCHING &&
    across.at >= down.from - TOUCHING &&
    across.at <= down.to + TOUCHING
  );
}

function distinct(rulings: Ruling[]): number[] {
  const places = rulings.map(({ at }) => at).sort((a, b) => a - b);
  return places.filter((place, n) => n === 0 || place - (places[n - 1] ?? place) > TOUCHING);
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
  if (
    !isOneBand ||
    !areRows(
      cells,
      boxes.map(({ right }) => grid.xs[right] ?? 0),
    )
  ) {
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

/**
 * Lines of text that stand at the same heights in several columns, and do not look like one text that was broken: as many
 * in each of three columns, numbers alone, or with room left for the next word.
 */
function areRows(cells: Row[][], rights: number[]): boolean {
  const several = cells.filter((rows) => rows.length > 1);
  const [first] = several;
  if (!first || several.length < 2) return false;
  if (!cells.every((rows) => rows.every(({ y }) => first.some((row) => isAt(row, y))))) return false;
  if (cells.length >= 3 && cells.every((rows) => rows.length === first.length)) return true;
  if (several.some((rows) => rows.every((row) => /^[\d\s.,%+\-–$€£]+$/.test(textOf(row))))) return true;
  return cells.every((rows, column) =>
    rows.every((row, n) => n === 0 || isFree(rows[n - 1], row, rights[column] ?? 0)),
  );
}

function isFree(before: Row | undefined, row: Row, right: number): boolean {
  const text = textOf(row);
  const width = ((row.right - row.left) / Math.max(1, text.length)) * ((text.split(' ')[0] ?? '').length + 1);
  return !before || before.right + width < right;
}

function isAt(row: Row, y: number): boolean {
  return Math.abs(row.y - y) < row.size / 2;
}

interface Box {
  /** Indexes into the places of lines. */
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** The cell that covers this place, as far as no line ends it. */
function boxOf({ xs, ys, across, down }: Grid, row: number, column: number): Box {
  const middle = (places: number[], n: number) => ((places[n] ?? 0) + (places[n + 1] ?? 0)) / 2;
  const hasAcross = (y: number) => across.some((line) => isLine(line, ys[y] ?? 0, middle(xs, column)));
  const hasDown = (x: number) => down.some((line) => isLine(line, xs[x] ?? 0, middle(ys, row)));
  const box = { left: column, right: column + 1, top: row, bottom: row + 1 };
  while (box.left > 0 && !hasDown(box.left)) box.left -= 1;
  while (box.right < xs.length - 1 && !hasDown(box.right)) box.right += 1;
  while (box.top > 0 && !hasAcross(box.top)) box.top -= 1;
  while (box.bottom < ys.length - 1 && !hasAcross(box.bottom)) box.bottom += 1;
  return box;
}

function isLine(line: Ruling, at: number, through: number): boolean {
  return Math.abs(line.at - at) <= TOUCHING && line.from < through && line.to > through;
}

function isInside(piece: Piece, box: Box, { xs, ys }: Grid): boolean {
  const { x, y } = middleOf(piece);
  return x > (xs[box.left] ?? 0) && x < (xs[box.right] ?? 0) && y > (ys[box.top] ?? 0) && y < (ys[box.bottom] ?? 0);
}

function middleOf({ x, y, width, size }: Piece): { x: number; y: number } {
  return { x: x + width / 2, y: y - size / 3 };
}
