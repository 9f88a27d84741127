import type { Piece } from './pdf-piece.ts';
import { type Row, textOf } from './pdf-rows.ts';
import type { Ruling } from './pdf-rulings.ts';

/** Lines and texts are this exact, in points. */
export const TOUCHING = 3;
/** More are a chart or a form for counting squares. */
export const MOST_CELLS = 10_000;

/** Where the lines of a table are, and how far each goes. */
export interface Grid {
  xs: number[];
  ys: number[];
  across: Ruling[];
  down: Ruling[];
}

export function isTouching(across: Ruling, down: Ruling): boolean {
  return (
    down.at >= across.from - TOUCHING &&
    down.at <= across.to + TOUCHING &&
    across.at >= down.from - TOUCHING &&
    across.at <= down.to + TOUCHING
  );
}

export function distinct(rulings: Ruling[]): number[] {
  const places = rulings.map(({ at }) => at).sort((a, b) => a - b);
  return places.filter((place, n) => n === 0 || place - (places[n - 1] ?? place) > TOUCHING);
}

/**
 * Lines of text that stand at the same heights in several columns, and do not look like one text that was broken: as many
 * in each of three columns, numbers alone, or with room left for the next word.
 */
export function areRows(cells: Row[][], rights: number[]): boolean {
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

export function isAt(row: Row, y: number): boolean {
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
export function boxOf({ xs, ys, across, down }: Grid, row: number, column: number): Box {
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

export function isInside(piece: Piece, box: Box, { xs, ys }: Grid): boolean {
  const { x, y } = middleOf(piece);
  return x > (xs[box.left] ?? 0) && x < (xs[box.right] ?? 0) && y > (ys[box.top] ?? 0) && y < (ys[box.bottom] ?? 0);
}

function middleOf({ x, y, width, size }: Piece): { x: number; y: number } {
  return { x: x + width / 2, y: y - size / 3 };
}
