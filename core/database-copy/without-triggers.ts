import pg from 'pg';
import type { CopiedTable } from './copied-tables.ts';

/**
 * Runs `work` while no trigger of ours acts, such as those that move balances by the ledger: what they would do is part
 * of what is copied. The owner of the tables may do this, a superuser is not needed; a transaction that fails undoes it.
 */
export async function withoutTriggers<Result>(
  client: pg.ClientBase,
  tables: CopiedTable[],
  work: () => Promise<Result>,
): Promise<Result> {
  for (const { name } of tables) await client.query(`alter table ${pg.escapeIdentifier(name)} disable trigger user`);
  const result = await work();
  for (const { name } of tables) await client.query(`alter table ${pg.escapeIdentifier(name)} enable trigger user`);
  return result;
}

/**
 * Runs `work` while rows may come in any order: some tables refer to one another in a circle, and rows to others of the
 * same table. Making the references anew checks them all.
 */
export async function withoutReferences<Result>(
  client: pg.ClientBase,
  tables: CopiedTable[],
  work: () => Promise<Result>,
): Promise<Result> {
  const { rows } = await client.query<{ table: string; name: string; definition: string }>(
    `select c.relname as table, o.conname as name, pg_get_constraintdef(o.oid) as definition
     from pg_constraint o join pg_class c on c.oid = o.conrelid
     where o.contype = 'f' and c.relnamespace = current_schema()::regnamespace and c.relname = any($1)
     order by c.relname, o.conname`,
    [tables.map(({ name }) => name)],
  );
  const alter = (table: string) => `alter table ${pg.escapeIdentifier(table)}`;
  for (const { table, name } of rows) {
    await client.query(`${alter(table)} drop constraint ${pg.escapeIdentifier(name)}`);
  }
  const result = await work();
  for (const { table, name, definition } of rows) {
    await client.query(`${alter(table)} add constraint ${pg.escapeIdentifier(name)} ${definition}`);
  }
  return result;
}
