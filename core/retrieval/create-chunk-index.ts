import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { Embedder } from '../ports/embedder.ts';
import type { Logger } from '../ports/logger.ts';
import type { VectorPoint, VectorStore } from '../ports/vector-store.ts';
import type { ChunkIndex, IndexedChunk } from './chunk-index.ts';
import * as chunks from './chunks-repository.ts';
import { embedPassages } from './passage-embedding.ts';
import { encodeDocument, TERMS_VERSION } from './sparse-encoding.ts';

/** Chunks embedded between two notes of progress: a few seconds of work that an interruption may cost. */
const EMBED_BATCH = 32;
const REBUILD_BATCH = 500;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

export interface OpenableChunkIndex extends ChunkIndex {
  /**
   * Opens embedder and store. Resolves after the first attempt; while either cannot be reached it goes on trying, and
   * searches by words, or not at all, meanwhile.
   */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** What points are made by, the terms as much as the vectors: a change of either has all of them made anew. */
export function pointsModel(embedder: Pick<Embedder, 'model'>): string {
  return `${embedder.model}#${TERMS_VERSION}`;
}

/** Keeps `store` in step with the chunks in PostgreSQL. */
export function createChunkIndex(options: {
  db: Knex;
  store: VectorStore;
  embedder: Embedder;
  logger: Logger;
}): OpenableChunkIndex {
  const { db, store, embedder, logger } = options;
  const model = pointsModel(embedder);
  const stopping = new AbortController();
  let isOpen = false;
  let isStale = false;
  let retrying: Promise<void> = Promise.resolve();

  /** Words need the store alone; meaning needs the embedder as well. */
  async function open(): Promise<void> {
    try {
      await embedder.open();
    } catch (error) {
      await store.open({ model, dimension: null });
      throw error;
    }
    isStale = (await store.open({ model, dimension: embedder.dimension })) === 'stale';
    isOpen = true;
  }

  async function keepTrying(): Promise<void> {
    for (let delayMs = FIRST_RETRY_MS; !isOpen; delayMs = Math.min(delayMs * 2, LONGEST_RETRY_MS)) {
      await sleep(delayMs, undefined, { signal: stopping.signal, ref: false });
      await open().catch((error) => logger.debug({ err: error }, 'the document index is still not ready'));
    }
    logger.info({}, 'the document index is ready');
  }

  /** The store is younger than the documents: it was wiped, restored from an old copy, or replaced by another one. */
  async function hasLostPoints(): Promise<boolean> {
    return (await store.count()) < (await chunks.countEmbeddedChunks(db, model));
  }

  async function rebuild(signal: AbortSignal): Promise<void> {
    logger.info({ model }, 'rebuilding the document index');
    // Words at once, for everything; the vectors follow batch by batch like those of new chunks.
    await chunks.forgetEmbeddings(db);
    await store.rebuild(allPoints(signal));
    isStale = false;
  }

  async function* allPoints(signal: AbortSignal): AsyncIterable<VectorPoint[]> {
    let last: string | null = null;
    for (;;) {
      signal.throwIfAborted();
      const batch: IndexedChunk[] = await chunks.listChunksAfter(db, last, REBUILD_BATCH);
      if (batch.length === 0) return;
      yield batch.map((chunk) => toPoint(chunk, null));
      last = batch.at(-1)?.id ?? null;
    }
  }

  async function embedBatch(batch: IndexedChunk[], signal: AbortSignal): Promise<void> {
    const vectors = await embedPassages(embedder, batch, signal);
    await store.upsert(batch.map((chunk) => toPoint(chunk, vectors.get(chunk.id) ?? null)));
    const ids = batch.map((chunk) => chunk.id);
    await chunks.markEmbedded(db, ids, model);
    // Documents may have been removed while their chunks were being embedded.
    const missing = await chunks.findMissingChunks(db, ids);
    if (missing.length > 0) await store.remove(missing);
  }

  return {
    async start() {
      try {
        await open();
      } catch (error) {
        logger.warn({ err: error }, 'the document index is not ready; trying again');
        retrying = keepTrying().catch(() => {});
      }
    },

    async stop() {
      stopping.abort();
      await retrying;
    },

    async add(added) {
      await store.upsert(added.map((chunk) => toPoint(chunk, null)));
    },

    async remove(chunkIds) {
      await store.remove(chunkIds);
    },

    async embedPending({ signal, onProgress }) {
      if (!isOpen) await open();
      if (isStale || (await hasLostPoints())) await rebuild(signal);
      const total = await chunks.countChunksToEmbed(db, model);
      let done = 0;
      for (;;) {
        signal.throwIfAborted();
        const batch = await chunks.listChunksToEmbed(db, model, EMBED_BATCH);
        if (batch.length === 0) return done;
        await embedBatch(batch, signal);
        done += batch.length;
        onProgress?.({ done, total: Math.max(done, total) });
      }
    },
  };
}

function toPoint(chunk: IndexedChunk, dense: Float32Array | null): VectorPoint {
  return {
    id: chunk.id,
    documentId: chunk.documentId,
    sourceId: chunk.sourceId,
    audience: chunk.audience,
    sparse: encodeDocument(chunk),
    dense,
  };
}
