import { areRows, boxOf, distinct, type Grid, isInside, isTouching, MOST_CELLS, TOUCHING } from './pdf-grid.ts';
import type { Piece } from './pdf-piece.ts';
import { toRows } from './pdf-rows.ts';
import type { Ruling, Rulings } from './pdf-rulings.ts';
import { columnsOf } from './pdf-tables.ts';

/** A cell with more lines is a column of text. */
const MOST_LINES = 8;
/** A text as wide as most of a table is none of its cells. */
const MOST_WIDTH = 0.6;

/** Tables with lines between their rows alone: lines of one length, and between them columns that nothing crosses. */
export function openGridsOf({ across, down }: Rulings, pieces: Piece[]): Grid[] {
  const free = across.filter((line) => down.every((other) => !isTouching(line, other) || isAtEnd(line, other)));
  const groups: Ruling[][] = [];
  for (const line of free) {
    const group = groups.find(([first]) => first && isAlike(first, line));
    if (group) group.push(line);
    else groups.push([line]);
  }
  return groups.flatMap((lines) => runsOf(lines, pieces)).flatMap((lines) => toGrid(lines, pieces));
}

/** Two tables of one width have something else between them: a text over all of it, or nothing. */
function runsOf(lines: Ruling[], pieces: Piece[]): Ruling[][] {
  const [{ from, to } = { from: 0, to: 0 }] = lines;
  const runs: Ruling[][] = [[]];
  const sorted = [...lines].sort((a, b) => a.at - b.at);
  for (const [n, line] of sorted.entries()) {
    const before = sorted[n - 1];
    const isClose = before !== undefined && line.at - before.at <= TOUCHING;
    const between = before && !isClose ? toRows(within(pieces, { from, to, top: before.at, bottom: line.at })) : [];
    const isWide = between.some((row) => row.segments.length === 1 && row.right - row.left > MOST_WIDTH * (to - from));
    if (before && !isClose && (between.length === 0 || isWide)) runs.push([]);
    runs.at(-1)?.push(line);
  }
  return runs;
}

function toGrid(lines: Ruling[], pieces: Piece[]): Grid[] {
  const ys = distinct(lines);
  const [top, bottom] = [ys[0] ?? 0, ys.at(-1) ?? 0];
  const [{ from, to } = { from: 0, to: 0 }] = lines;
  const rows = toRows(within(pieces, { from, to, top, bottom }));
  const columns = columnsOf(rows.sort((a, b) => b.segments.length - a.segments.length));
  const gaps = columns.slice(1).map((column, n) => (column.left + (columns[n]?.right ?? 0)) / 2);
  const xs = [from, ...gaps, to];
  if (xs.length * ys.length > MOST_CELLS) return [];
  const grid = { xs, ys, across: lines, down: xs.map((at) => ({ at, from: top, to: bottom })) };
  return ys.length >= 3 && gaps.length > 0 && !hasColumnsOfText(grid, pieces) ? [grid] : [];
}

function within(pieces: Piece[], { from, to, top, bottom }: Record<'from' | 'to' | 'top' | 'bottom', number>): Piece[] {
  const grid: Grid = { xs: [from, to], ys: [top, bottom], across: [], down: [] };
  return pieces.filter((piece) => isInside(piece, { left: 0, right: 1, top: 0, bottom: 1 }, grid));
}

/** Boxes behind whole rows have edges at the sides only. */
function isAtEnd(line: Ruling, { at }: Ruling): boolean {
  return Math.min(Math.abs(at - line.from), Math.abs(at - line.to)) <= TOUCHING;
}

function isAlike(one: Ruling, other: Ruling): boolean {
  return Math.abs(one.from - other.from) <= TOUCHING && Math.abs(one.to - other.to) <= TOUCHING;
}

/** Lines above and below the columns of a page are no lines of a table. */
function hasColumnsOfText(grid: Grid, pieces: Piece[]): boolean {
  return grid.ys.slice(1).some((_, band) => {
    const boxes = grid.xs.slice(1).map((__, column) => boxOf(grid, band, column));
    const cells = boxes.map((box) => toRows(pieces.filter((piece) => isInside(piece, box, grid))));
    return cells.some((rows) => rows.length > MOST_LINES) && !areRows(cells, grid.xs.slice(1));
  });
}
