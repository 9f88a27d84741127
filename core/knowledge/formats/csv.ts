import { AppError } from '../../errors.ts';
import type { DocumentBlock, ParsedDocument } from '../document-block.ts';
import { guessDelimiter, readCsvRows } from './csv-rows.ts';
import { findPairs } from './question-answers.ts';

/** Excel's way of naming the delimiter. */
const NAMED_DELIMITER = /^\s*"?sep=(.)"?[ ;,\t]*(?:\n|$)/i;
/** Titles, dates and notes above a table; further down, a row of one value is a row. */
const MAX_TITLE_ROWS = 10;

/**
 * Reads a table: every row becomes lines of `column: value`, so that it can be understood alone. A table of questions
 * and answers, and of nothing else, is read as such.
 * @param isTabbed the name or the content type says that tabs separate the columns
 */
export function parseCsv(source: string, { isTabbed = false }: { isTabbed?: boolean } = {}): ParsedDocument {
  const whole = source.replaceAll(/\r\n?/g, '\n');
  const named = NAMED_DELIMITER.exec(whole);
  // As long as before, so that lines are counted as the author counts them.
  const text = named ? whole.replace(NAMED_DELIMITER, '\n') : whole;
  const delimiter = named?.[1] ?? (isTabbed && text.includes('\t') ? '\t' : guessDelimiter(text));
  const { rows, damaged } = readCsvRows(text, delimiter);
  const { titles, header, records } = splitTable(rows.filter((cells) => cells.some((cell) => cell !== '')));
  if (records.length === 0) throw noRows(damaged);
  const omissions = damaged.map((line) => ({ part: `line ${line}`, reason: 'A quoted value in it does not end.' }));
  if (header.length === 2 && titles.length === 0) {
    const pairs = findPairs(records.map((record) => toFields(header, record)));
    if (pairs) return { ...pairs, omissions };
  }
  const blocks: DocumentBlock[] = [
    ...titles.map((text) => ({ type: 'prose', text }) as const),
    ...records.map((record) => ({ type: 'item', text: describeRow(header, record) }) as const),
  ];
  const title = titles.find((line) => /\p{L}/u.test(line)) ?? null;
  return { title, url: null, blocks, omissions };
}

function noRows(damaged: number[]): AppError {
  const [line] = damaged;
  return line === undefined
    ? new AppError('unreadable_document', 'There are no rows below a line of column names.')
    : new AppError('unreadable_document', `The table is damaged: a quoted value in line ${line} does not end.`);
}

interface Table {
  titles: string[];
  header: string[];
  records: string[][];
}

/** The column names are the first row that fills half of the table's width; what stands above them are titles. */
function splitTable(all: string[][]): Table {
  const width = Math.max(0, ...all.map(filled));
  const isHeader = (cells: string[]) => filled(cells) >= Math.min(width, Math.max(2, width / 2));
  const found = all.slice(0, MAX_TITLE_ROWS + 1).findIndex(isHeader);
  const at = belowSentences(all, found > 0 && found < all.length - 1 ? found : 0);
  return {
    titles: all.slice(0, at).map((cells) => cells.filter((cell) => cell !== '').join(', ')),
    header: (all[at] ?? []).map((name) => name.replace(/\s+/g, ' ')),
    records: all.slice(at + 1),
  };
}

/**
 * A title with a delimiter in it has the look of column names. They are further down where a longer row of words is
 * followed by values.
 */
function belowSentences(all: string[][], from: number): number {
  const short = lengthOf(all[from]);
  const ahead = all.slice(from + 1, MAX_TITLE_ROWS + 1).findIndex((cells) => lengthOf(cells) > short);
  const at = from + 1 + ahead;
  if (short < 2 || ahead < 0 || all.slice(from, at + 1).some(hasValue)) return from;
  const records = all.slice(at + 1);
  const alike = records.filter((cells) => lengthOf(cells) > short && hasValue(cells));
  return alike.length > records.length / 2 ? at : from;
}

/** A number, a price, a date or a time. */
const VALUE = /^[^\p{L}\d]*\d[\d.,:/ -]*[^\p{L}\d]*$/u;

function hasValue(cells: string[]): boolean {
  return cells.some((cell) => VALUE.test(cell));
}

/** Cells at the end that are empty in every row are none. */
function lengthOf(cells: string[] = []): number {
  return cells.findLastIndex((cell) => cell !== '') + 1;
}

function filled(cells: string[]): number {
  return cells.filter((cell) => cell !== '').length;
}

function toFields(header: string[], record: string[]): Record<string, string> {
  return Object.fromEntries(header.map((name, n) => [name.toLowerCase(), record[n] ?? '']));
}

/** A line without any delimiter below a table of several columns is a note, not a value of the first one. */
function describeRow(header: string[], record: string[]): string {
  if (record.length === 1 && header.length > 1) return record[0] ?? '';
  const cells = record.map((value, n) => (value && header[n] ? `${header[n]}: ${value}` : value));
  return cells.filter((cell) => cell !== '').join('\n');
}
