import { parse } from 'csv-parse/sync';
import { AppError } from '../../errors.ts';
import type { DocumentBlock, ParsedDocument } from '../document-block.ts';
import { findPairs } from './question-answers.ts';

/**
 * Reads a table: every row becomes lines of `column: value`, so that it can be understood alone. A table of questions
 * and answers, and of nothing else, is read as such.
 */
export function parseCsv(text: string): ParsedDocument {
  const rows = readRows(text);
  const [header, ...records] = rows;
  if (!header || records.length === 0) {
    throw new AppError('unreadable_document', 'There are no rows below a line of column names.');
  }
  if (header.length === 2) {
    const pairs = findPairs(records.map((record) => toFields(header, record)));
    if (pairs) return pairs;
  }
  const blocks: DocumentBlock[] = records
    .map((record) => ({ type: 'item', text: describeRow(header, record) }) as const)
    .filter((block) => block.text !== '');
  return { title: null, url: null, blocks };
}

function readRows(text: string): string[][] {
  try {
    return parse(text, { delimiter: guessDelimiter(text), relaxColumnCount: true, skipEmptyLines: true, trim: true });
  } catch (cause) {
    throw new AppError('unreadable_document', 'The table is damaged: a quoted value does not end.', { cause });
  }
}

/** The one that splits the first line most often. */
function guessDelimiter(text: string): string {
  const line = text.slice(0, text.indexOf('\n') + 1 || undefined);
  const counted = [',', ';', '\t', '|'].map((mark) => ({ mark, count: line.split(mark).length }));
  return counted.reduce((best, next) => (next.count > best.count ? next : best)).mark;
}

function toFields(header: string[], record: string[]): Record<string, string> {
  return Object.fromEntries(header.map((name, n) => [name.toLowerCase(), record[n] ?? '']));
}

function describeRow(header: string[], record: string[]): string {
  const cells = record.map((value, n) => (value && header[n] ? `${header[n]}: ${value}` : value));
  return cells.filter((cell) => cell !== '').join('\n');
}
