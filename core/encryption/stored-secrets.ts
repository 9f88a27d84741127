import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { EncryptedColumn } from './encrypted-column.ts';
import type { Encryption } from './encryption.ts';

type Row = Record<string, string>;

const BATCH = 200;

/** All that is kept encrypted in a column, a batch at a time. */
export function createStoredSecrets({ db, encryption }: { db: Knex; encryption: Encryption }, where: EncryptedColumn) {
  const { table, idColumn, column, readColumns = [] } = where;
  const select = (): Knex.QueryBuilder =>
    db(table)
      .whereNotNull(column)
      .select(idColumn, column, ...readColumns);

  return {
    async *all(): AsyncGenerator<Row> {
      for (let after: string | null = null; ; ) {
        const query = select().orderBy(idColumn).limit(BATCH);
        if (after !== null) query.where(idColumn, '>', after);
        const rows: Row[] = await query;
        yield* rows;
        if (rows.length < BATCH) return;
        after = rows.at(-1)?.[idColumn] ?? null;
      }
    },

    /** As it is now; undefined when nothing is kept there any more. */
    find: (id: string): Promise<Row | undefined> => select().where(idColumn, id).first(),

    /** Null when it cannot be read: its key is lost, or it belongs to something else. */
    read(row: Row): string | null {
      try {
        return encryption.decrypt(row[column] ?? '', where.belongsTo(row));
      } catch (error) {
        if (error instanceof AppError && error.code === 'unreadable_secret') return null;
        throw error;
      }
    },
  };
}

/** How many secrets need which keys. */
export async function inspectSecrets(
  options: { db: Knex; encryption: Encryption },
  columns: EncryptedColumn[],
): Promise<{ current: number; outdated: number; unreadable: string[] }> {
  const found = { current: 0, outdated: 0, unreadable: [] as string[] };
  for (const column of columns) {
    const secrets = createStoredSecrets(options, column);
    for await (const row of secrets.all()) {
      if (secrets.read(row) === null) found.unreadable.push(`${column.table} ${row[column.idColumn]}`);
      else if (options.encryption.isOutdated(row[column.column] ?? '')) found.outdated += 1;
      else found.current += 1;
    }
  }
  return found;
}
