import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { EncryptedColumn } from './encrypted-column.ts';
import { type Encryption, keyIdOf } from './encryption.ts';

/** What became of the secrets in one column. */
export interface Rotation {
  table: string;
  column: string;
  /** Encrypted with an older key before. */
  rotated: number;
  /** Encrypted with the first key already. */
  current: number;
  /** Ids of the rows whose secret cannot be read: its key is lost. They are left as they are. */
  unreadable: string[];
}

interface RotateOptions {
  db: Knex;
  encryption: Encryption;
  columns: EncryptedColumn[];
  signal: AbortSignal;
}

type Row = Record<string, string>;

const BATCH = 200;

/**
 * Encrypts every stored secret again with the first of the keys, beside running processes: a secret that one of them
 * replaces meanwhile is never overwritten. May be stopped and run again at any time. What can be read is read, too,
 * when its key is the first already, so that afterwards no other key is needed.
 */
export async function rotateKeys({ columns, ...options }: RotateOptions): Promise<Rotation[]> {
  const rotations: Rotation[] = [];
  for (const column of columns) rotations.push(await rotateColumn(column, options));
  return rotations;
}

async function rotateColumn(column: EncryptedColumn, options: Omit<RotateOptions, 'columns'>): Promise<Rotation> {
  const rotation: Rotation = { table: column.table, column: column.column, rotated: 0, current: 0, unreadable: [] };
  let after: string | null = null;
  for (;;) {
    const rows: Row[] = await select(options.db, column).modify((query) => {
      if (after !== null) query.where(column.idColumn, '>', after);
      query.orderBy(column.idColumn).limit(BATCH);
    });
    for (const row of rows) {
      options.signal.throwIfAborted();
      await rotateRow(row, { rotation, column, ...options });
    }
    after = rows.at(-1)?.[column.idColumn] ?? null;
    if (rows.length < BATCH) return rotation;
  }
}

function select(db: Knex, { table, idColumn, column, readColumns = [] }: EncryptedColumn): Knex.QueryBuilder {
  return db(table)
    .whereNotNull(column)
    .select(idColumn, column, ...readColumns);
}

async function rotateRow(
  found: Row,
  {
    rotation,
    column,
    db,
    encryption,
  }: Omit<RotateOptions, 'columns'> & { rotation: Rotation; column: EncryptedColumn },
): Promise<void> {
  const id = found[column.idColumn] ?? '';
  // Again with what is there by then, when somebody else was faster; over when nothing is there any more.
  for (
    let row: Row | undefined = found;
    row;
    row = await select(db, column)
      .where({ [column.idColumn]: id })
      .first()
  ) {
    const before = row[column.column] ?? '';
    const plaintext = read(encryption, before, column.belongsTo(row));
    if (plaintext === null) {
      rotation.unreadable.push(id);
      return;
    }
    if (!encryption.isOutdated(before)) {
      rotation.current += 1;
      return;
    }
    const encrypted = encryption.encrypt(plaintext, column.belongsTo(row));
    const changed = await db(column.table)
      .where({ [column.idColumn]: id, [column.column]: before })
      .update({
        [column.column]: encrypted,
        ...(column.keyIdColumn && { [column.keyIdColumn]: keyIdOf(encrypted) }),
      });
    if (changed > 0) {
      rotation.rotated += 1;
      return;
    }
  }
}

function read(encryption: Encryption, encrypted: string, belongsTo: string): string | null {
  try {
    return encryption.decrypt(encrypted, belongsTo);
  } catch (error) {
    if (error instanceof AppError && error.code === 'unreadable_secret') return null;
    throw error;
  }
}
