import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { DatabaseAddress } from '../db/database-address.ts';
import { createClient } from '../db/server-facts.ts';
import { type CopiedTable, listCopiedTables, listMigrations } from './copied-tables.ts';
import { wholeRows } from './row-checksum.ts';

/** All that a Parley keeps, as it was at one moment. */
export interface Snapshot {
  /** Which migrations made the tables it is from. */
  migrations: string[];
  /** One table after the other; the rows of each have to be read before the next comes. */
  tables(): AsyncIterable<TableContents>;
}

export interface TableContents extends CopiedTable {
  /** In the text form of COPY; each chunk is whole rows. */
  rows: AsyncIterable<Buffer>;
}

/**
 * Reads a database as it is now, whatever is written meanwhile, without keeping anybody from writing. It is one
 * transaction, so that it works over a pooler as well.
 */
export async function withSnapshot<Result>(
  address: DatabaseAddress,
  work: (snapshot: Snapshot) => Promise<Result>,
): Promise<Result> {
  const client = createClient(address, 'parley-copy');
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    await client.query(SAME_TEXT_EVERYWHERE);
    const tables = await listCopiedTables(client);
    return await work({
      migrations: await listMigrations(client),
      async *tables() {
        for (const table of tables) yield { ...table, rows: readRows(client, table) };
      },
    });
  } finally {
    await client.end();
  }
}

/** For one transaction: settings on which the text of a value depends, and limits that a long copy would meet. */
export const SAME_TEXT_EVERYWHERE = `set local datestyle = 'ISO, YMD'; set local timezone = 'UTC';
  set local intervalstyle = 'postgres'; set local bytea_output = 'hex'; set local extra_float_digits = 1;
  set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0`;

/** The rows of a table in the text form of COPY. */
export function readRows(client: pg.ClientBase, table: CopiedTable): AsyncIterable<Buffer> {
  return wholeRows(client.query(copyTo(`copy ${named(table)} to stdout`)));
}

/** A table with its columns, for COPY. */
export function named({ name, columns }: CopiedTable): string {
  return `${pg.escapeIdentifier(name)} (${columns.map((column) => pg.escapeIdentifier(column)).join(', ')})`;
}
