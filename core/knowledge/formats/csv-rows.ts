import { CsvError, parse } from 'csv-parse/sync';

export interface CsvRows {
  rows: string[][];
  /** Lines that begin a value which does not end. */
  damaged: number[];
}

const DELIMITERS = ['\t', ';', '|', ','] as const;
const SAMPLE_LINES = 200;
/** Of a file's lines. Where more have no delimiter, the others have it in their text, and there is one column. */
const MOST_WITHOUT = 0.65;
/** Stands in no text. */
const NO_DELIMITER = '\u001F';
/** A value over more lines is one that does not end. */
const LONGEST_VALUE_LINES = 50;
/** Attempts to find where values end; a file of nothing but damage must not take for ever. */
const MAX_ATTEMPTS = 20_000;

/**
 * Rows of a table with this delimiter. A file that is as it should be is read at once; any other line by line, so that
 * a quotation mark at the wrong place costs at most its own line.
 */
export function readCsvRows(text: string, delimiter: string): CsvRows {
  const whole = parseStrictly(text, delimiter);
  const width = usual(whole ? whole.map((cells) => cells.length) : widthsOfLines(text, delimiter));
  const isSound = whole?.every((cells) => cells.length === width || !cells.some((cell) => cell.includes('\n')));
  if (whole && isSound) return { rows: whole, damaged: [] };
  return readLineByLine(text.split('\n'), delimiter, width);
}

/** The one that splits most rows in the same way, outside of quotes; of two alike, the one that text has less often. */
export function guessDelimiter(text: string): string {
  const sample = text.split('\n', SAMPLE_LINES).join('\n');
  const scored = DELIMITERS.map((delimiter) => {
    const widths = parseStrictly(sample, delimiter)?.map((cells) => cells.length) ?? widthsOfLines(sample, delimiter);
    const width = usual(widths);
    const share = widths.filter((one) => one === width).length / widths.length;
    const without = widths.filter((one) => one === 1).length / widths.length;
    return { delimiter, width, share: width > 1 ? share : 0, without };
  });
  const best = scored.reduce((a, b) => (b.share > a.share || (b.share === a.share && b.width > a.width) ? b : a));
  const isTable = best.width > 2 && best.share > (1 - best.without) / 2;
  if (best.without > MOST_WITHOUT && !isTable) return NO_DELIMITER;
  return best.share > 0 ? best.delimiter : ',';
}

/** The most frequent number of cells, of those that make a table; 1 when none does. */
function usual(widths: number[]): number {
  const counted = [...Map.groupBy(widths, (width) => width)].filter(([width]) => width > 1);
  const [first] = counted.sort(([a, many], [b, more]) => more.length - many.length || b - a);
  return first?.[0] ?? 1;
}

function widthsOfLines(text: string, delimiter: string): number[] {
  const lines = text.split('\n', SAMPLE_LINES).filter((line) => line.trim() !== '');
  return lines.map((line) => countCells(line, delimiter));
}

function countCells(line: string, delimiter: string): number {
  return (splitLoosely(line, delimiter) ?? line.split(delimiter)).length;
}

function parseStrictly(text: string, delimiter: string): string[][] | null {
  try {
    return parse(text, { delimiter, relaxColumnCount: true, skipEmptyLines: true, trim: true });
  } catch (error) {
    if (error instanceof CsvError) return null;
    throw error;
  }
}

function readLineByLine(lines: string[], delimiter: string, width: number): CsvRows {
  const found: CsvRows = { rows: [], damaged: [] };
  let attempts = 0;
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    const attempt = line.includes('"') && attempts < MAX_ATTEMPTS ? readQuoted(lines, at, { delimiter, width }) : null;
    attempts += attempt?.attempts ?? 0;
    const cells = attempt?.cells ?? splitLoosely(line, delimiter);
    if (!cells) found.damaged.push(at + 1);
    else if (cells.some((cell) => cell !== '')) found.rows.push(cells);
    at += attempt?.cells ? attempt.lines : 1;
  }
  return found;
}

interface Quoted {
  /** Null when no row with quotes in their places begins here. */
  cells: string[] | null;
  lines: number;
  attempts: number;
}

/** A row that may go on over several lines, as long as its quotes are open. */
function readQuoted(lines: string[], at: number, { delimiter, width }: { delimiter: string; width: number }): Quoted {
  let quotes = 0;
  let attempts = 0;
  for (let many = 1; many <= LONGEST_VALUE_LINES && at + many <= lines.length; many += 1) {
    quotes += (lines[at + many - 1] ?? '').split('"').length - 1;
    // They come in pairs in every row that is whole.
    if (quotes % 2 !== 0) continue;
    attempts += 1;
    const [cells, another] = parseStrictly(lines.slice(at, at + many).join('\n'), delimiter) ?? [];
    if (!cells || another || (many > 1 && cells.length !== width)) break;
    return { cells, lines: many, attempts };
  }
  return { cells: null, lines: 1, attempts };
}

/** One line with stray quotes, which stay as they are; null when a value begins with one and has no end. */
function splitLoosely(line: string, delimiter: string): string[] | null {
  const cells: string[] = [];
  for (let at = 0; at <= line.length; ) {
    const start = at + (/^ */.exec(line.slice(at))?.[0].length ?? 0);
    const isQuoted = line[start] === '"';
    const end = isQuoted ? endOfQuoted(line, start, delimiter) : nextOf(delimiter, line, at);
    if (end !== null) {
      const cell = line.slice(start, end).trim();
      cells.push(isQuoted ? cell.slice(1, -1).replaceAll('""', '"').trim() : cell);
      at = end + 1;
      continue;
    }
    // Programs that write tabs write most quotes as they are.
    if (delimiter !== '\t') return null;
    const stop = nextOf(delimiter, line, at);
    cells.push(line.slice(at, stop).trim());
    at = stop + 1;
  }
  return cells;
}

/** Where a value that begins with a quote at `start` is over; null when it does not end. */
function endOfQuoted(line: string, start: number, delimiter: string): number | null {
  for (let at = line.indexOf('"', start + 1); at >= 0; at = line.indexOf('"', at + 1)) {
    let next = at + 1;
    while (line[next] === ' ') next += 1;
    if (next >= line.length || line[next] === delimiter) return next;
  }
  return null;
}

function nextOf(delimiter: string, line: string, from: number): number {
  const found = line.indexOf(delimiter, from);
  return found < 0 ? line.length : found;
}
