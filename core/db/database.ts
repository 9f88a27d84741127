import knex, { type Knex } from 'knex';
import pg from 'pg';

// int8 and count() fit a double for everything Parley counts (2^53); strings would leak into every mapping.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

const MIGRATIONS = new URL('../../migrations/', import.meta.url).pathname;

/** Opens a connection pool; no connection is made until the first query. */
export function openDatabase(url: string, options: { poolSize?: number } = {}): Knex {
  return knex({
    client: 'pg',
    connection: { connectionString: url, application_name: 'parley' },
    pool: { min: 0, max: options.poolSize ?? 20 },
    acquireConnectionTimeout: 10_000,
    // knex prints its warnings itself; what matters of them is thrown as well, and logged by whoever catches it.
    log: { warn() {}, error() {}, deprecate() {}, debug() {} },
    migrations: { directory: MIGRATIONS, extension: 'ts', loadExtensions: ['.ts'] },
  });
}

/** Any fixed number: it only has to be the same in every Parley that shares a database. */
const MIGRATION_LOCK = 7_275_391;

/**
 * Brings the schema up to date. Processes that start together wait for one another on an advisory lock, which the
 * database frees by itself when its holder dies (knex's own lock table would stay locked).
 */
export async function migrate(db: Knex): Promise<void> {
  await db.transaction(async (trx) => {
    await trx.raw('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
    await db.migrate.latest({ disableMigrationsListValidation: false });
  });
}

/**
 * Lets PostgreSQL keep the plan of a statement that every answer needs, under a name: planning costs it more than
 * running. For `db.raw(sql, bindings).options(prepared('name'))`; one name always stands for one text.
 */
export function prepared(name: string): Readonly<Record<string, string>> {
  return { name };
}
