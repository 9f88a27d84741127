import { readdir } from 'node:fs/promises';
import knex, { type Knex } from 'knex';
import pg from 'pg';
import { type DatabaseAddress, readDatabaseAddress } from './database-address.ts';
import { createPoolClient } from './pool-client.ts';

// int8 and count() fit a double for everything Parley counts (2^53); strings would leak into every mapping.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

const MIGRATIONS = new URL('../../migrations/', import.meta.url).pathname;

export interface DatabaseOptions {
  poolSize?: number;
  /** Whether a pooler may lend each transaction another connection of the server. */
  isPooled?: boolean;
  /** Called with the code of each statement that failed. */
  onFailure?(code: string): void;
}

const ACQUIRE_TIMEOUT_MS = 10_000;

/** Opens a connection pool; no connection is made until the first query. */
export function openDatabase(address: DatabaseAddress | string, options: DatabaseOptions = {}): Knex {
  const { client } = typeof address === 'string' ? readDatabaseAddress(address) : address;
  return knex({
    client: createPoolClient({
      isPooled: options.isPooled ?? false,
      // A little less, so that what is told in the end is what the server said.
      patienceMs: ACQUIRE_TIMEOUT_MS - 1000,
      onFailure: options.onFailure ?? (() => {}),
    }),
    connection: { ...client, application_name: 'parley' } as Knex.PgConnectionConfig,
    pool: { min: 0, max: options.poolSize ?? 20 },
    acquireConnectionTimeout: ACQUIRE_TIMEOUT_MS,
    // A failing statement is told with its placeholders: their values are what people wrote.
    compileSqlOnError: false,
    // knex prints its warnings itself; what matters of them is thrown as well, and logged by whoever catches it.
    log: { warn() {}, error() {}, deprecate() {}, debug() {} },
    migrations: { directory: MIGRATIONS, extension: 'ts', loadExtensions: ['.ts'] },
  });
}

/** Any fixed number: it only has to be the same in every Parley that shares a database. */
export const MIGRATION_LOCK = 7_275_391;

/**
 * Brings the schema up to date, all of it or nothing. Processes that start together wait for one another on an advisory
 * lock, which the database frees by itself when its holder dies (knex's own lock table would stay locked). Lock and
 * changes share one transaction, and so one connection: a pooler may have no second one to lend.
 */
export async function migrate(db: Knex): Promise<void> {
  await db.transaction(async (trx) => {
    await trx.raw('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
    await trx.migrate.latest({ disableMigrationsListValidation: false });
  });
}

/** The names of all migrations that this version has, in order. */
export async function listKnownMigrations(): Promise<string[]> {
  return (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.ts')).toSorted();
}

/**
 * Lets PostgreSQL keep the plan of a statement that every answer needs, under a name: planning costs it more than
 * running. For `db.raw(sql, bindings).options(prepared('name'))`; one name always stands for one text.
 */
export function prepared(name: string): Readonly<Record<string, string>> {
  return { name };
}
