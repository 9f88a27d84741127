import type { Knex } from 'knex';
import pg from 'pg';
import { listKnownMigrations } from '../db/database.ts';
import { AppError } from '../errors.ts';
import { type CopiedTable, listCopiedTables, listMigrations } from './copied-tables.ts';
import { withoutTriggers } from './without-triggers.ts';

export interface TargetOptions {
  /** Those that made the tables of what is to be copied. */
  migrations: string[];
  /** Whether what people have written there may be deleted. */
  force: boolean;
  /** Words for the database, such as `the database on db.example:5432`. */
  place: string;
}

/** What a Parley that nobody has used yet writes at its first start, all of it about the documentation it brings. */
const WRITTEN_AT_THE_START =
  /^(sources|documents|chunks|search_index|vector_\w+|model_catalogue_versions|removed_\w+|rate_limits)$/;

/**
 * Makes a database ready to take a copy in: with the very tables that the copy was made of, and nothing in them.
 * @throws AppError `conflict` when people have used it, `invalid_request` when this version does not know its tables
 */
export async function prepareTarget(
  trx: Knex.Transaction,
  client: pg.ClientBase,
  { migrations, force, place }: TargetOptions,
): Promise<CopiedTable[]> {
  const known = await listKnownMigrations();
  refuseNewer(migrations, { known, what: 'what is to be copied' });
  const done = await listMigrations(client);
  refuseNewer(done, { known, what: place });
  if (done.length > 0) {
    const there = await listCopiedTables(client);
    if (!force) await refuseUsed(client, there, place);
    await empty(client, there);
  }
  const superfluous = done.filter((name) => !migrations.includes(name));
  for (const name of superfluous.toReversed()) await trx.migrate.down({ name });
  for (const name of migrations) if (!done.includes(name)) await trx.migrate.up({ name });
  const tables = await listCopiedTables(client);
  // A migration may have written a first row, which is one of those that come.
  await empty(client, tables);
  return tables;
}

/** @throws AppError `invalid_request` */
export function refuseNewer(migrations: string[], { known, what }: { known: string[]; what: string }): void {
  if (migrations.every((name) => known.includes(name))) return;
  throw new AppError(
    'invalid_request',
    `A newer version of Parley wrote ${what}, and this one does not know all of its tables. Upgrade Parley first; nothing was changed.`,
  );
}

async function refuseUsed(client: pg.ClientBase, tables: CopiedTable[], place: string): Promise<void> {
  const found: string[] = [];
  for (const { name } of tables) {
    const isOurs = name === 'sources' ? `kind = 'built_in'` : WRITTEN_AT_THE_START.test(name) ? 'true' : 'false';
    const { rows } = await client.query(
      `select count(*) as rows from ${pg.escapeIdentifier(name)} where not (${isOurs})`,
    );
    if (Number(rows[0].rows) > 0) found.push(`${name} (${rows[0].rows})`);
  }
  if (found.length === 0) return;
  throw new AppError(
    'conflict',
    `Somebody has used ${place} already: there are rows in ${found.join(', ')}. Nothing was changed.`,
  );
}

async function empty(client: pg.ClientBase, tables: CopiedTable[]): Promise<void> {
  if (tables.length === 0) return;
  const names = tables.map(({ name }) => pg.escapeIdentifier(name));
  await withoutTriggers(client, tables, async () => void (await client.query(`truncate ${names.join(', ')}`)));
}
