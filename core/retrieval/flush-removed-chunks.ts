import type { Knex } from 'knex';
import type { ChunkIndex } from './chunk-index.ts';

const BATCH = 500;

/**
 * Has the index forget chunks that PostgreSQL has no longer, also those that an earlier run left behind.
 * @throws AppError `vector_store_unavailable`: they stay noted, for the next run
 */
export async function flushRemovedChunks(db: Knex, chunkIndex: Pick<ChunkIndex, 'remove'>): Promise<void> {
  for (;;) {
    const ids: string[] = await db('chunk_removals').limit(BATCH).pluck('chunk_id');
    if (ids.length === 0) return;
    await chunkIndex.remove(ids);
    await db('chunk_removals').whereIn('chunk_id', ids).delete();
  }
}
