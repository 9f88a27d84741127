import type { Piece } from './pdf-piece.ts';
import { type Row, textOf, toRows } from './pdf-rows.ts';

/** Narrower gaps are between words. In heights of the font. */
const NARROWEST_GUTTER = 0.8;
const FEWEST_LINES = 3;
const MOST_CUTS = 12;
const MOST_EDGES = 24;
/** In heights of the font: further apart, lines do not follow each other. */
const END_LINES = 2.5;
/** Two columns seldom begin at exactly the same height. */
const START_LINES = 1.4;

interface Zone {
  above: Piece[];
  left: Piece[];
  right: Piece[];
  below: Piece[];
}

/**
 * The rows of a page in the order in which people read them: a column of text is read to its end before the one beside
 * it. Each list of rows is read from top to bottom.
 */
export function toReadingOrder(pieces: Piece[], cuts = 0): Row[][] {
  const zone = cuts < MOST_CUTS ? findColumns(pieces) : null;
  if (!zone) return pieces.length > 0 ? [toRows(pieces)] : [];
  return [zone.above, zone.left, zone.right, zone.below].flatMap((part) => toReadingOrder(part, cuts + 1));
}

/** The largest part of the page that has text on both sides of a gap, and nothing that crosses it. */
function findColumns(pieces: Piece[]): Zone | null {
  let best: { zone: Zone; lines: number } | null = null;
  for (const edge of edgesOf(pieces)) {
    const zone = zoneAt(pieces, edge);
    if (!zone) continue;
    const lines = Math.min(toRows(zone.left).length, toRows(zone.right).length);
    if (best && lines <= best.lines) continue;
    if (areColumns(zone)) best = { zone, lines };
  }
  return best?.zone ?? null;
}

/** Where the lines of a column on the right may begin: places at which several do. */
function edgesOf(pieces: Piece[]): number[] {
  const edges = new Map<number, number>();
  for (const { x } of pieces) edges.set(Math.round(x / 3), (edges.get(Math.round(x / 3)) ?? 0) + 1);
  return [...edges]
    .filter(([, count]) => count >= FEWEST_LINES)
    .sort(([, few], [, many]) => many - few)
    .slice(0, MOST_EDGES)
    .map(([edge]) => edge * 3 - 1.6)
    .sort((a, b) => a - b)
    .slice(1);
}

/** The longest stretch of the page, from top to bottom, in which no line crosses the gap to the left of this edge. */
function zoneAt(pieces: Piece[], edge: number): Zone | null {
  const crosses = ({ x, width, size }: Piece) => x < edge && x + width > edge - NARROWEST_GUTTER * size;
  const sorted = [...pieces].sort((a, b) => a.y - b.y);
  let longest: Piece[] = [];
  let run: Piece[] = [];
  for (const piece of sorted) {
    if (!crosses(piece)) {
      run.push(piece);
      continue;
    }
    // The rest of the line that crosses belongs to it.
    run = run.filter(({ y }) => piece.y - y > piece.size / 2);
    if (run.length > longest.length) longest = run;
    run = [];
  }
  if (run.length > longest.length) longest = run;
  const inside = withoutTables(withoutEnds(longest, edge), edge);
  const left = inside.filter(({ x }) => x < edge);
  const right = inside.filter(({ x }) => x >= edge);
  if (left.length < FEWEST_LINES || right.length < FEWEST_LINES) return null;
  const top = Math.min(...inside.map(({ y }) => y));
  const rest = pieces.filter((piece) => !inside.includes(piece));
  return { above: rest.filter(({ y }) => y <= top), left, right, below: rest.filter(({ y }) => y > top) };
}

/** Without what stands well above or below the columns on one side only: short lines, tables, notes, page numbers. */
function withoutEnds(pieces: Piece[], edge: number): Piece[] {
  const left = pieces.filter(({ x }) => x < edge).map(({ y }) => y);
  const right = pieces.filter(({ x }) => x >= edge).map(({ y }) => y);
  const size = Math.max(...pieces.map((piece) => piece.size));
  const top = Math.max(Math.min(...left), Math.min(...right)) - START_LINES * size;
  let bottom = Math.min(Math.max(...left), Math.max(...right));
  // One column is longer, as long as its lines follow each other.
  for (const y of [...left, ...right].sort((a, b) => a - b))
    if (y > bottom && y - bottom < END_LINES * size) bottom = y;
  return pieces.filter(({ y }) => y >= top && y <= bottom);
}

/** Without the tables above and below the columns, whose cells happen to stand on both sides of the gap. */
function withoutTables(pieces: Piece[], edge: number): Piece[] {
  const parts = partsByGaps(toRows(pieces));
  const isTable = (part: Row[]) => {
    const sides = part.map(({ segments }) => ({
      left: segments.filter(({ left }) => left < edge).length,
      right: segments.filter(({ left }) => left >= edge).length,
    }));
    const many = sides.filter(({ left, right }) => left > 1 || right > 1);
    return part.length >= 2 && many.length > part.length / 2;
  };
  const first = parts.findIndex((part) => !isTable(part));
  const last = parts.findLastIndex((part) => !isTable(part));
  const top = parts[first]?.[0]?.y;
  const bottom = parts[last]?.at(-1)?.y;
  if (top === undefined || bottom === undefined) return pieces;
  return pieces.filter(({ y, size }) => y >= top - size / 2 && y <= bottom + size / 2);
}

/** Rows with nothing on either side between them. */
function partsByGaps(rows: Row[]): Row[][] {
  const parts: Row[][] = [];
  for (const [n, row] of rows.entries()) {
    const before = rows[n - 1];
    if (before && row.y - before.y < END_LINES * row.size) parts.at(-1)?.push(row);
    else parts.push([row]);
  }
  return parts;
}

/** Text on both sides; beside whole paragraphs, lines as close to each other are enough: a list of addresses, a last few words. */
function areColumns({ left, right }: Zone): boolean {
  if (isText(left) && isText(right)) return true;
  if (haveRowsInCommon(left, right)) return false;
  return (isText(left) && isBesideText(right, left)) || (isText(right) && isBesideText(left, right));
}

/** Rows of a table stand beside the first lines of its cells; these stand beside lines in which a sentence goes on. */
function isBesideText(pieces: Piece[], text: Piece[]): boolean {
  const lines = toRows(text);
  const left = Math.min(...lines.map((line) => line.left));
  const right = Math.max(...lines.map((line) => line.right));
  const running = lines.filter((line, n) => {
    const above = lines[n - 1];
    const follows = above && above.right - left > 0.7 * (right - left) && isClose(above, line);
    return follows && line.segments.length === 1 && /^\p{Ll}/u.test(textOf(line));
  });
  const rows = toRows(pieces);
  const beside = rows.filter((row, n) => {
    const above = rows[n - 1];
    return above && isClose(above, row) && running.some(({ y, size }) => Math.abs(y - row.y) < size);
  });
  return beside.length >= FEWEST_LINES;
}

function isClose(above: Row, row: Row): boolean {
  return row.y - above.y < END_LINES * row.size;
}

/** Again and again both sides begin anew at one height, below a gap that both of them have. */
function haveRowsInCommon(left: Piece[], right: Piece[]): boolean {
  const rows = toRows([...left, ...right]);
  const distances = rows.slice(1).map((row, n) => row.y - (rows[n]?.y ?? row.y));
  const narrow = [...distances].sort((a, b) => a - b)[Math.floor(distances.length / 5)] ?? 0;
  const first = rows.slice(1).filter((_, n) => (distances[n] ?? 0) > 1.2 * narrow);
  const isAtBoth = ({ y, size }: Row) =>
    [left, right].every((side) => side.some((piece) => Math.abs(piece.y - y) < size / 3));
  return first.length >= 2 && first.every(isAtBoth);
}

/** Lines that fill their column, unlike the cells of a table. */
function isText(pieces: Piece[]): boolean {
  const rows = toRows(pieces);
  if (rows.length < FEWEST_LINES) return false;
  const left = Math.min(...rows.map((row) => row.left));
  const width = Math.max(...rows.map((row) => row.right)) - left;
  const size = Math.max(...rows.map((row) => row.size));
  const full = rows.filter((row) => row.right - row.left > 0.7 * width && row.segments.length <= 3).length;
  return width > 8 * size && full >= rows.length / 2;
}
