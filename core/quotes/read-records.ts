import type { Block } from './section.ts';

/** A name of a column is short, and is no address such as `https:`. */
const FIELD = /^([^:\n|]{1,60}):[ \t]+(\S.*)$/;
const FEWEST_FIELDS = 2;
/** Lines of one row only may as well be sentences with a colon in each. */
const FEWEST_FIELDS_OF_ONE = 3;
const MOST_WORDS_OF_A_NAME = 4;

/**
 * Rows of a table that were written one under the other as lines of `column: value`, as a table again: rows are compared
 * and shown as rows. Null for other text.
 */
export function readRecords(paragraph: string): Block | null {
  const fields = paragraph.split('\n').map((line) => FIELD.exec(line.trim()));
  if (fields.length < FEWEST_FIELDS || fields.some((field) => field === null)) return null;
  const records: Map<string, string>[] = [];
  for (const [, name = '', value = ''] of fields.filter((field) => field !== null)) {
    if (records.length === 0 || records.at(-1)?.has(name)) records.push(new Map());
    records.at(-1)?.set(name, value);
  }
  const names = [...new Set(records.flatMap((record) => [...record.keys()]))];
  const [first] = names;
  if (names.some((name) => name.split(/\s+/).length > MOST_WORDS_OF_A_NAME)) return null;
  if (records.length === 1 && names.length < FEWEST_FIELDS_OF_ONE) return null;
  if (names.length < FEWEST_FIELDS || !records.every((record) => record.keys().next().value === first)) return null;
  const toRow = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return {
    kind: 'table',
    header: `${toRow(names)}\n|${'---|'.repeat(names.length)}`,
    units: records.map((record) => {
      const cells = names.map((name) => record.get(name) ?? '');
      return { text: toRow(cells), plain: cells.join(' | ') };
    }),
  };
}
