import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';

/** What one process at a time does with the index: making, filling and embedding. */
export const INDEX_LEASE = 'search-index';

/** What collections outside the database are marked with as this installation's. A moved or restored database keeps it. */
export interface Installation {
  id(): Promise<string>;
  /** Whether some of the points are chunks of ours: collections made before there were marks have none. */
  hasAnyOf(pointIds: string[]): Promise<boolean>;
}

export function createInstallation(db: Knex): Installation {
  return {
    async id() {
      await db('search_index').insert({ installation_id: randomUUID() }).onConflict('is_only').ignore();
      const row = await db('search_index').first('installation_id');
      return row.installation_id;
    },
    async hasAnyOf(pointIds) {
      const found = await db('chunks').whereRaw('id::text = any(?::text[])', [pointIds]).first('id');
      return found !== undefined;
    },
  };
}

/** The generation of the index that has all chunks, by their words at least; null before there is one. */
export async function findFilledGeneration(db: Knex): Promise<string | null> {
  const row = await db('search_index').first('filled_generation');
  return row?.filled_generation ?? null;
}

export async function noteFilled(db: Knex, generation: string): Promise<void> {
  await db('search_index')
    .insert({ installation_id: randomUUID(), filled_generation: generation })
    .onConflict('is_only')
    .merge(['filled_generation']);
}
