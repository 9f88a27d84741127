import type { Knex } from 'knex';
import type { EncryptedColumn } from './encrypted-column.ts';
import { type Encryption, keyIdOf } from './encryption.ts';
import { createStoredSecrets } from './stored-secrets.ts';

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
  signal: AbortSignal;
}

/**
 * Encrypts every stored secret again with the first of the keys, beside running processes: a secret that one of them
 * replaces meanwhile is never overwritten. May be stopped and run again at any time. What is encrypted with the first
 * key already is read, too, so that afterwards no other key is needed.
 */
export async function rotateKeys({
  columns,
  ...options
}: RotateOptions & { columns: EncryptedColumn[] }): Promise<Rotation[]> {
  const rotations: Rotation[] = [];
  for (const column of columns) rotations.push(await rotateColumn(column, options));
  return rotations;
}

async function rotateColumn(where: EncryptedColumn, { signal, ...options }: RotateOptions): Promise<Rotation> {
  const { table, idColumn, column, keyIdColumn } = where;
  const { db, encryption } = options;
  const secrets = createStoredSecrets(options, where);
  const rotation: Rotation = { table, column, rotated: 0, current: 0, unreadable: [] };

  /** Null when somebody else was faster. */
  async function rotate(row: Record<string, string>): Promise<'rotated' | 'current' | 'unreadable' | null> {
    const plaintext = secrets.read(row);
    const before = row[column] ?? '';
    if (plaintext === null) return 'unreadable';
    if (!encryption.isOutdated(before)) return 'current';
    const encrypted = encryption.encrypt(plaintext, where.belongsTo(row));
    const changed = await db(table)
      .where({ [idColumn]: row[idColumn], [column]: before })
      .update({ [column]: encrypted, ...(keyIdColumn && { [keyIdColumn]: keyIdOf(encrypted) }) });
    return changed > 0 ? 'rotated' : null;
  }

  for await (const found of secrets.all()) {
    signal.throwIfAborted();
    const id = found[idColumn] ?? '';
    let outcome = await rotate(found);
    while (outcome === null) {
      const row = await secrets.find(id);
      if (!row) break;
      outcome = await rotate(row);
    }
    if (outcome === 'unreadable') rotation.unreadable.push(id);
    else if (outcome !== null) rotation[outcome] += 1;
  }
  return rotation;
}
