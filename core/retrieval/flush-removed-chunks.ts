import type { Knex } from 'knex';
import { withLease } from '../db/lease.ts';
import type { ChunkIndex } from './chunk-index.ts';
import { INDEX_LEASE } from './search-index-state.ts';

const BATCH = 500;

/**
 * Has the index forget chunks that PostgreSQL has no longer, also those that an earlier run left behind. While another
 * process fills a new index, perhaps from what it read before, they stay noted too: it removes them once more.
 * @throws AppError `vector_store_unavailable`: they stay noted, for the next run
 */
export async function flushRemovedChunks(db: Knex, chunkIndex: Pick<ChunkIndex, 'remove'>): Promise<void> {
  const first = await db('chunk_removals').first('chunk_id');
  if (!first) return;
  const isDone = await withLease(db, INDEX_LEASE, async () => {
    await removeNoted(db, chunkIndex, { forget: true });
    return true;
  });
  if (!isDone) await removeNoted(db, chunkIndex, { forget: false });
}

/** Removes nothing but what was noted for removal when it was deleted. */
export async function removeNoted(
  db: Knex,
  chunkIndex: Pick<ChunkIndex, 'remove'>,
  { forget }: { forget: boolean },
): Promise<void> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const ids: string[] = await db('chunk_removals')
      .where('chunk_id', '>', after)
      .orderBy('chunk_id')
      .limit(BATCH)
      .pluck('chunk_id');
    if (ids.length === 0) return;
    await chunkIndex.remove(ids);
    if (forget) await db('chunk_removals').whereIn('chunk_id', ids).delete();
    after = ids.at(-1) ?? after;
  }
}
