import type { Piece } from './pdf-piece.ts';

/** Text without a wide gap in it, on one line. */
export interface Segment {
  text: string;
  left: number;
  right: number;
}

/** What stands at one height of a page or of one of its columns. */
export interface Row {
  segments: Segment[];
  left: number;
  right: number;
  /** The line it stands on, downwards. */
  y: number;
  size: number;
}

/** In heights of the font: from here on a gap may be one between columns. */
const WIDE_GAP = 0.8;
const WORD_GAP = 0.17;

/** Puts together what stands at the same height, as far as that can be said of letters raised and scans not quite straight. */
export function toRows(pieces: Piece[]): Row[] {
  const lines: Piece[][] = [];
  for (const piece of [...pieces].sort((a, b) => a.y - b.y || a.x - b.x)) {
    const line = lines.slice(-6).findLast((one) => isSameLine(one, piece));
    if (line) line.push(piece);
    else lines.push([piece]);
  }
  return lines.map(toRow).sort((a, b) => a.y - b.y);
}

/** Heights overlap by more than half, and nothing is there already. */
function isSameLine(line: Piece[], piece: Piece): boolean {
  const first = line[0];
  if (!first) return false;
  const overlap = Math.min(first.y, piece.y) - Math.max(first.y - first.size, piece.y - piece.size);
  if (overlap < 0.55 * Math.min(first.size, piece.size)) return false;
  return !line.some(
    (one) => Math.min(one.x + one.width, piece.x + piece.width) - Math.max(one.x, piece.x) > piece.size / 2,
  );
}

function toRow(pieces: Piece[]): Row {
  const isRightToLeft = pieces.filter(({ text }) => RIGHT_TO_LEFT.test(text)).length > pieces.length / 2;
  const sorted = [...pieces].sort((a, b) => a.x - b.x);
  const segments: Piece[][] = [];
  for (const [n, piece] of sorted.entries()) {
    const before = sorted[n - 1];
    const gap = before ? piece.x - before.x - before.width : Number.POSITIVE_INFINITY;
    if (before && gap < WIDE_GAP * Math.max(piece.size, before.size)) segments.at(-1)?.push(piece);
    else segments.push([piece]);
  }
  // Most of the line's letters say how high it is: notes are smaller, first letters larger.
  const main = pieces.reduce((a, b) => (b.text.length > a.text.length ? b : a));
  const shown = segments.map((parts) => toSegment(parts, isRightToLeft));
  return {
    segments: isRightToLeft ? shown.reverse() : shown,
    left: Math.min(...shown.map(({ left }) => left)),
    right: Math.max(...shown.map(({ right }) => right)),
    y: main.y,
    size: main.size,
  };
}

const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}]/u;

function toSegment(pieces: Piece[], isRightToLeft: boolean): Segment {
  const ordered = isRightToLeft ? [...pieces].reverse() : pieces;
  let text = '';
  for (const [n, piece] of ordered.entries()) {
    const before = ordered[n - 1];
    const gap = before ? Math.max(piece.x - before.x - before.width, before.x - piece.x - piece.width) : 0;
    const isApart = piece.spaceBefore ? gap > -piece.size / 2 : gap > WORD_GAP * piece.size;
    text += before && isApart && !isJoined(text, piece.text) ? ` ${piece.text}` : piece.text;
  }
  const ends = pieces.map(({ x, width }) => x + width);
  return { text: text.replace(/\s+/g, ' ').trim(), left: pieces[0]?.x ?? 0, right: Math.max(...ends) };
}

const WITHOUT_SPACES = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303F\uFF00-\uFF60]/u;

/** Chinese and Japanese have no spaces, only letters set apart. */
function isJoined(before: string, after: string): boolean {
  return WITHOUT_SPACES.test(before.slice(-1)) && WITHOUT_SPACES.test(after.slice(0, 1));
}

/** A line put to what comes before it: words cut at the end of a line are joined again. */
export function joinText(before: string, line: string): string {
  if (before === '') return line;
  if (/\p{L}-$/u.test(before) && /^\p{Ll}/u.test(line)) return before.slice(0, -1) + line;
  return /[\p{L}\d]-$/u.test(before) || isJoined(before, line) ? before + line : `${before} ${line}`;
}

export function textOf(row: Row): string {
  return row.segments.map(({ text }) => text).join(' ');
}
