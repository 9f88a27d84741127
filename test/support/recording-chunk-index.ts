import type { ChunkIndex, IndexedChunk } from '../../core/retrieval/chunk-index.ts';

export interface RecordingChunkIndex extends ChunkIndex {
  /** What a search could find now, by chunk id. */
  readonly chunks: Map<string, IndexedChunk>;
  /** Every call in order, with the ids or the count it was about. */
  readonly calls: string[];
  /** Makes the next calls fail, as when the store is down. */
  failWith: Error | null;
}

/** A chunk index that keeps what it was given. */
export function createRecordingChunkIndex(): RecordingChunkIndex {
  const index: RecordingChunkIndex = {
    chunks: new Map(),
    calls: [],
    failWith: null,
    async add(chunks) {
      if (index.failWith) throw index.failWith;
      index.calls.push(`add ${chunks.length}`);
      for (const chunk of chunks) index.chunks.set(chunk.id, chunk);
    },
    async remove(ids) {
      if (index.failWith) throw index.failWith;
      index.calls.push(`remove ${ids.length}`);
      for (const id of ids) index.chunks.delete(id);
    },
    async changeAudience(sourceId, audience) {
      if (index.failWith) throw index.failWith;
      index.calls.push(`changeAudience ${audience.join(' ')}`);
      for (const chunk of index.chunks.values()) if (chunk.sourceId === sourceId) chunk.audience = audience;
    },
    async embedPending({ signal, onProgress }) {
      signal.throwIfAborted();
      if (index.failWith) throw index.failWith;
      index.calls.push('embedPending');
      onProgress?.({ done: index.chunks.size, total: index.chunks.size });
      return index.chunks.size;
    },
  };
  return index;
}
