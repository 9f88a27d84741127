import { AppError } from '../errors.ts';

/** One page of a list; `nextCursor` is null on the last one. */
export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

export interface PageRequest {
  limit: number;
  cursor?: string | undefined;
}

/**
 * Cuts a page from rows fetched with `limit + 1`; the cursor holds the sort key of the last row shown, so that
 * rows added or removed meanwhile neither repeat nor hide others.
 */
export function toPage<Row, Item>(
  rows: Row[],
  options: { limit: number; toItem: (row: Row) => Item; toKey: (row: Row) => (string | number)[] },
): Page<Item> {
  const shown = rows.slice(0, options.limit);
  const last = shown.at(-1);
  const hasMore = rows.length > options.limit && last !== undefined;
  return { items: shown.map(options.toItem), nextCursor: hasMore ? encodeCursor(options.toKey(last)) : null };
}

function encodeCursor(key: (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** @throws AppError `invalid_request` when the cursor is not one that a page gave, of `length` parts */
export function decodeCursor(cursor: string | undefined, length: number): string[] | null {
  if (cursor === undefined) return null;
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(key) && key.length === length && key.every((part) => /^[\w.:+-]{1,64}$/.test(String(part)))) {
      return key.map(String);
    }
  } catch {
    // Falls through: a cursor that is not ours is refused like one that is malformed.
  }
  throw new AppError('invalid_request', 'cursor is not valid. Use the next_cursor of the page before.');
}
