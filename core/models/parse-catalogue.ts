import { parse } from 'csv-parse/sync';
import type { CatalogueModel } from '../ports/catalogue-model.ts';
import { CatalogueError } from './catalogue-error.ts';
import { CATALOGUE_COLUMNS, parseCatalogueRow } from './catalogue-row.ts';

/** Other names under which people write the same column. */
const ALIASES: Record<string, string> = {
  model: 'id',
  upstream: 'upstream_name',
  upstream_model: 'upstream_name',
  base_url: 'base_url_setting',
  api_key: 'api_key_setting',
  input: 'input_price_per_million',
  input_price: 'input_price_per_million',
  price_input: 'input_price_per_million',
  output: 'output_price_per_million',
  output_price: 'output_price_per_million',
  price_output: 'output_price_per_million',
  cached: 'cached_input_price_per_million',
  cached_input: 'cached_input_price_per_million',
  cached_price: 'cached_input_price_per_million',
  cached_input_price: 'cached_input_price_per_million',
  price_cached_input: 'cached_input_price_per_million',
  cached_price_per_million: 'cached_input_price_per_million',
  cache_write: 'cache_write_price_per_million',
  cache_write_price: 'cache_write_price_per_million',
  context: 'context_window',
  context_tokens: 'context_window',
  maximum_output: 'max_output',
  max_output_tokens: 'max_output',
  maximum_output_tokens: 'max_output',
  images: 'sees_images',
  vision: 'sees_images',
  date: 'price_date',
  priced_on: 'price_date',
};

const NEEDED_COLUMNS = ['id', 'context_window', 'max_output', 'quality'];

/**
 * Reads the table of models. Columns may stand in any order; those it does not know are left alone.
 * @throws CatalogueError
 */
export function parseCatalogue(text: string): CatalogueModel[] {
  const [header, ...rows] = readRows(text);
  if (!header || rows.length === 0) throw new CatalogueError(['There is no row of a model below the column names.']);
  const columns = header.cells.map(toColumn);
  const problems = findHeaderProblems(columns);
  const models: CatalogueModel[] = [];
  if (problems.length > 0) throw new CatalogueError(problems);

  for (const { line, cells } of rows) {
    const parsed = parseCatalogueRow(toRecord(columns, cells));
    if (Array.isArray(parsed)) {
      problems.push(...parsed.map(({ column, problem }) => `Row ${line}, column ${column}: ${problem}.`));
    } else if (models.some(({ id }) => id === parsed.id)) {
      problems.push(`Row ${line}, column id: ${parsed.id} stands in a row above already.`);
    } else {
      models.push(parsed);
    }
  }
  if (problems.length > 0) throw new CatalogueError(problems);
  return models;
}

/** With the number of the line, as editors and spreadsheets count them. */
function readRows(text: string): { line: number; cells: string[] }[] {
  try {
    const records = parse(text, { bom: true, relaxColumnCount: true, skipEmptyLines: true, trim: true, info: true });
    return (records as unknown as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => ({
      line: info.lines,
      cells: record,
    }));
  } catch (error) {
    const line = (error as { lines?: number }).lines;
    throw new CatalogueError([`Row ${line ?? '?'}: a quoted value does not end where its cell does.`]);
  }
}

function toColumn(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/\(.*?\)|\$/g, '')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/(?:^|_)usd(?=_|$)/g, '')
    .replace(/^_|_$/g, '')
    .replace(/_per_(?:1?m|million)(?:_tokens)?$|_per_1?m(?:tok)?$/, '_per_million');
  return ALIASES[plain] ?? ALIASES[plain.replace(/_per_million$/, '')] ?? plain;
}

function findHeaderProblems(columns: string[]): string[] {
  const missing = NEEDED_COLUMNS.filter((column) => !columns.includes(column));
  const doubled = CATALOGUE_COLUMNS.filter((column) => columns.indexOf(column) !== columns.lastIndexOf(column));
  return [
    ...missing.map((column) => `Row 1: the column ${column} is missing.`),
    ...doubled.map((column) => `Row 1: the column ${column} stands there twice.`),
  ];
}

function toRecord(columns: string[], cells: string[]): Record<string, string> {
  const filled = columns.flatMap((column, at) => (cells[at] ? [[column, cells[at]] as const] : []));
  return Object.fromEntries(filled);
}
