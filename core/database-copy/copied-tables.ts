import type pg from 'pg';
import { isJobTable } from '../jobs/job-tables.ts';

export interface CopiedTable {
  name: string;
  /** Those that are stored; what PostgreSQL computes by itself is computed anew. */
  columns: string[];
}

/** What only means something to the processes that run just now, and what the migrations keep for themselves. */
const PASSING = /^(leases|turn_stops|knex_migrations(_lock)?)$/;

/** The tables of Parley's schema that hold what people would miss. */
export async function listCopiedTables(client: pg.ClientBase): Promise<CopiedTable[]> {
  const { rows } = await client.query<{ name: string; columns: string[] }>(`
    select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    group by c.relname order by c.relname`);
  return rows.filter(({ name }) => !isJobTable(name) && !PASSING.test(name));
}

/** The names of the migrations that made the tables, in order; none in a database that Parley has never used. */
export async function listMigrations(client: pg.ClientBase): Promise<string[]> {
  const { rows: found } = await client.query(`select to_regclass('knex_migrations') is not null as is_there`);
  if (!found[0].is_there) return [];
  const { rows } = await client.query<{ name: string }>('select name from knex_migrations order by id');
  return rows.map(({ name }) => name);
}
