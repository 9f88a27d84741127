import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { inject } from 'vitest';
import { openDatabase } from '../../core/db/database.ts';

export interface TestDatabase extends AsyncDisposable {
  db: Knex;
  url: string;
}

/** Emptied and ready for the next test of this file: a delete takes milliseconds, a new database a hundred times that. */
const emptied: string[] = [];

/** A database of its own with the real schema and nothing in it; given back when disposed (`await using`). */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = inject('postgresUrl');
  const name = emptied.pop() ?? (await cloneTemplate(serverUrl));
  const url = serverUrl.replace(/\/postgres$/, `/${name}`);
  const db = openDatabase(url);
  return {
    db,
    url,
    async [Symbol.asyncDispose]() {
      await db.destroy();
      await empty(url);
      emptied.push(name);
    },
  };
}

async function cloneTemplate(serverUrl: string): Promise<string> {
  const name = `t_${randomUUID().replaceAll('-', '')}`;
  const admin = openDatabase(serverUrl, { poolSize: 1 });
  await admin.raw('create database ?? template template_app', [name]);
  await admin.destroy();
  return name;
}

/** Whoever is still connected is put out first, so that nothing of one test reaches the next. */
async function empty(url: string): Promise<void> {
  const admin = openDatabase(url, { poolSize: 1 });
  await admin.raw(`
    do $$
    declare
      relation record;
    begin
      perform pg_terminate_backend(pid, 5000)
        from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid();
      set local session_replication_role = replica;
      for relation in
        select c.relname as name from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
          -- Where the packages note that their tables are there.
          and c.relname not like 'knex_migrations%' and c.relname <> 'version'
      loop
        execute format('delete from %I', relation.name);
      end loop;
    end $$`);
  await admin.destroy();
}
