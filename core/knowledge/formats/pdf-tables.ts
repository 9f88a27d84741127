import type { Row } from './pdf-rows.ts';

export interface RowTable {
  /** Rows of equal length. */
  cells: string[][];
  /** How many rows of the page it takes. */
  rows: number;
}

export interface Column {
  left: number;
  right: number;
}

/** In heights of the font, between two columns in every row. */
const NARROWEST_GUTTER = 0.6;
/** Text and a mark before it are no table. */
const LIST_MARK = /^(?:[•◦▪‣·*–—-]|\(?[\da-z]{1,3}[.)]|[ivx]+[.)])$/i;

/** Around the number of a table that was found by its lines, in the place where it stands; no text has it. */
const RULED = '\uE0F1';

export function markRuled(number: number): string {
  return `${RULED}${number}${RULED}`;
}

export function placeOfRuled(row: Row | undefined): number | null {
  const text = row?.segments[0]?.text ?? '';
  return text.startsWith(RULED) ? Number(text.slice(1, -1)) : null;
}

/** The table that begins with this row: rows whose parts stand below each other; null when there is none. */
export function findTable(rows: Row[], from: number): RowTable | null {
  let columns: Column[] = [];
  let end = from;
  let pitch = 0;
  for (let at = from; at < rows.length; at += 1) {
    const row = rows[at];
    if (!row || placeOfRuled(row) !== null) break;
    const distance = at > from ? row.y - (rows[at - 1]?.y ?? row.y) : 0;
    if (pitch > 0 && distance > 2.2 * pitch && distance > 2.5 * row.size) break;
    // A name over several columns comes before the row that shows them.
    if (at === from + 1 && isFinerThan(columns, row)) columns = [];
    const merged = mergeColumns(columns, row);
    const isSpanning = merged.length < columns.length && at - from >= 2 && row.segments.length >= 2;
    if (at - from >= 2 && isElsewhere(row, columns, { isSpanning })) break;
    if (at === from ? partsOf(row).length < 2 : !isSpanning && (merged.length < 2 || merged.length < columns.length))
      break;
    if (!isSpanning) columns = merged;
    if (at > from) pitch = pitch === 0 ? distance : Math.max(pitch, Math.min(distance, 2 * pitch));
    end = at + 1;
  }
  // What follows a table and begins at its left edge is text again.
  while (end > from && isOnlyFirst(rows[end - 1], columns)) end -= 1;
  const chosen = rows.slice(from, end);
  columns = columnsOf(chosen);
  if (chosen.filter((row) => partsOf(row).length >= 2).length < 2 || columns.length < 2) return null;
  return { cells: joinWrapped(chosen, columns), rows: end - from };
}

/** The columns that the parts of these rows stand in; a part over several of them makes them no single one. */
export function columnsOf(rows: Row[]): Column[] {
  const finest = [...rows].sort((a, b) => partsOf(b).length - partsOf(a).length);
  return finest.reduce<Column[]>((all, row) => {
    const merged = mergeColumns(all, row);
    return merged.length < all.length ? all : merged;
  }, []);
}

/** Whether this row has more parts than there are columns, and some part below each of them. */
function isFinerThan(columns: Column[], row: Row): boolean {
  const parts = partsOf(row);
  return parts.length > columns.length && columns.every((column) => parts.some((part) => isOver(part, column)));
}

/** A title at the left of what was a table, and a row of the next table, which is wider, are none of this one's rows. */
function isElsewhere(row: Row, columns: Column[], { isSpanning }: { isSpanning: boolean }): boolean {
  const parts = partsOf(row);
  const outside = parts.filter((part) => !columns.some((column) => isOver(part, column)));
  if (isSpanning) return outside.length > 0;
  return columns.length >= 2 && outside.length === parts.length && (parts[0]?.right ?? 0) < (columns[0]?.left ?? 0);
}

function partsOf(row: Row): Row['segments'] {
  const [first, second] = row.segments;
  if (!first || !second || row.segments.length > 2 || !LIST_MARK.test(first.text)) return row.segments;
  return [{ text: `${first.text} ${second.text}`, left: first.left, right: second.right }];
}

/** The columns with the parts of one more row in them; parts that touch two of them make one of the two. */
function mergeColumns(columns: Column[], row: Row): Column[] {
  const gutter = NARROWEST_GUTTER * row.size;
  const all = [...columns, ...partsOf(row)].map(({ left, right }) => ({ left, right }));
  const merged: Column[] = [];
  for (const one of all.sort((a, b) => a.left - b.left)) {
    const last = merged.at(-1);
    if (last && one.left < last.right + gutter) last.right = Math.max(last.right, one.right);
    else merged.push(one);
  }
  return merged;
}

function isOnlyFirst(row: Row | undefined, columns: Column[]): boolean {
  const parts = row ? partsOf(row) : [];
  return parts.length === 1 && (parts[0]?.left ?? 0) < (columns[1]?.left ?? 0);
}

/** A line that goes on in one cell, closer to the line above than rows are, is part of the row above. */
function joinWrapped(rows: Row[], columns: Column[]): string[][] {
  const cells: string[][] = [];
  const distances = rows.slice(1).map((row, n) => row.y - (rows[n]?.y ?? row.y));
  const lines = rows.map((row) => columns.map((column) => cellText(row, column)));
  const usual = usualDistance(distances, lines.slice(1));
  for (const [n, line] of lines.entries()) {
    const filled = line.flatMap((text, at) => (text === '' ? [] : [at]));
    const above = cells.at(-1);
    const distance = distances[n - 1] ?? 0;
    const isClose = distance < 0.85 * usual || (filled.length === 1 && distance < 1.35 * (rows[n]?.size ?? 0));
    const isRest = above && isClose && line.length > filled.length && filled.every((at) => (above[at] ?? '') !== '');
    if (isRest) for (const at of filled) above[at] = `${above[at]} ${line[at]}`.trim();
    else cells.push(line);
  }
  return cells;
}

/** Of rows. Where every cell has many lines, most lines are none: then what begins in the first column is further away. */
function usualDistance(distances: number[], lines: string[][]): number {
  const begins = distances.filter((_, n) => lines[n]?.[0] !== '');
  const others = distances.filter((_, n) => lines[n]?.[0] === '');
  const nearest = Math.min(...begins);
  if (begins.length > 0 && others.length > 0 && Math.max(...others) < 0.85 * nearest) return nearest;
  return [...distances].sort((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0;
}

/** A part over several columns stands in each of them. */
function cellText(row: Row, column: Column): string {
  return partsOf(row)
    .filter((part) => isOver(part, column))
    .map(({ text }) => text)
    .join(' ');
}

function isOver(part: Column, column: Column): boolean {
  const isPoint = part.left >= column.left && part.left <= column.right;
  return isPoint || Math.min(part.right, column.right) - Math.max(part.left, column.left) > 0;
}
