import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { withLease } from '../db/lease.ts';
import { AppError } from '../errors.ts';
import type { Embedder } from '../ports/embedder.ts';
import type { Logger } from '../ports/logger.ts';
import type { VectorPoint, VectorStore } from '../ports/vector-store.ts';
import type { ChunkIndex, IndexedChunk } from './chunk-index.ts';
import * as chunks from './chunks-repository.ts';
import { removeNoted } from './flush-removed-chunks.ts';
import { embedPassages } from './passage-embedding.ts';
import { findFilledGeneration, INDEX_LEASE, noteFilled } from './search-index-state.ts';
import { encodeDocument, TERMS_VERSION } from './sparse-encoding.ts';
import { watchIndex } from './watch-index.ts';

/** Chunks embedded between two notes of progress: a few seconds of work that an interruption may cost. */
const EMBED_BATCH = 32;
const REBUILD_BATCH = 500;
/** Between two looks whether the process that is at work on the index is done. */
const WAIT_MS = 250;
/** An index is made in a moment; whoever holds it for longer is filling one that is there. */
const MOST_WAITS_TO_OPEN = 2;

export interface OpenableChunkIndex extends ChunkIndex {
  /**
   * Opens embedder and store. Resolves after the first attempt; while either cannot be reached it goes on trying, and
   * searches by words, or not at all, meanwhile. A store that loses everything later is opened and filled again.
   * @param options.onLateOpening what to do when the index is there only now: documents may be waiting for it
   */
  start(options?: { onLateOpening?: () => Promise<void> }): Promise<void>;
  /** Resolves when the store answers and has all documents. @throws AppError `vector_store_unavailable` */
  check(): Promise<void>;
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
  /** Whether the index has been of our model: when it is not any more, another process has changed that. */
  let wasOurs = false;
  let watching: Promise<void> = Promise.resolve();

  /** Words need the store alone; meaning needs the embedder as well. */
  async function open(): Promise<void> {
    try {
      await embedder.open();
    } catch (error) {
      await openStore(null);
      throw error;
    }
    await openStore(embedder.dimension);
    isOpen = true;
  }

  /** What is not there is made by one process, unless the one that is at work has it open already. */
  async function openStore(dimension: number | null): Promise<void> {
    for (let waits = 0; waits < MOST_WAITS_TO_OPEN; waits++) {
      if (await withLease(db, INDEX_LEASE, async () => openAlone(dimension).then(() => true))) return;
      await sleep(WAIT_MS, undefined, { signal: stopping.signal, ref: false });
    }
    await openAlone(dimension);
  }

  async function openAlone(dimension: number | null): Promise<void> {
    isStale = (await store.open({ model, dimension })) === 'stale';
    wasOurs ||= !isStale && dimension !== null;
    const generation = store.generation();
    if (generation !== null && !(await chunks.hasChunks(db))) await noteFilled(db, generation);
  }

  /** Work that one process does at a time; others wait until it is done, or has died. */
  async function alone<Result>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    for (;;) {
      signal.throwIfAborted();
      const done = await withLease(db, INDEX_LEASE, async (lost) => ({
        result: await work(AbortSignal.any([signal, lost])),
      }));
      if (done) return done.result;
      await sleep(WAIT_MS, undefined, { signal, ref: false });
    }
  }

  /** An index that was wiped, replaced or never finished is not the one that was filled. */
  async function fillIfNeeded(signal: AbortSignal): Promise<void> {
    if (isStale && wasOurs) throw changedByAnother();
    if (!isStale && store.generation() === (await findFilledGeneration(db))) return;
    logger.info({ model }, 'filling the document index anew');
    // Words at once, for everything; the vectors follow batch by batch like those of new chunks.
    await chunks.forgetEmbeddings(db);
    await store.rebuild(allPoints(signal));
    isStale = false;
    wasOurs = true;
    const generation = store.generation();
    if (generation !== null) await noteFilled(db, generation);
    await removeNoted(db, store, { forget: true });
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
    const ids = batch.map((chunk) => chunk.id);
    // Embedding takes a while: who may read them may have changed, or they may be gone.
    const present = await chunks.listChunksById(db, ids);
    const generation = await store.upsert(present.map((chunk) => toPoint(chunk, vectors.get(chunk.id) ?? null)));
    if (generation === null) throw changedByAnother();
    await chunks.markEmbedded(db, present, { model, generation });
    const missing = await chunks.findMissingChunks(db, ids);
    if (missing.length > 0) await store.remove(missing);
  }

  async function embedPending({ signal, onProgress }: Parameters<ChunkIndex['embedPending']>[0]): Promise<number> {
    if (!isOpen) await open();
    return alone(signal, async (signal) => {
      // Another process may have filled it since.
      await openAlone(embedder.dimension);
      await fillIfNeeded(signal);
      const current = { model, generation: store.generation() ?? '' };
      const total = await chunks.countChunksToEmbed(db, current);
      let done = 0;
      for (;;) {
        signal.throwIfAborted();
        const batch = await chunks.listChunksToEmbed(db, current, EMBED_BATCH);
        if (batch.length === 0) return done;
        await embedBatch(batch, signal);
        done += batch.length;
        onProgress?.({ done, total: Math.max(done, total) });
      }
    });
  }

  return {
    async start({ onLateOpening = async () => {} } = {}) {
      await open().catch((error) => logger.warn({ err: error }, 'the document index is not ready; trying again'));
      watching = watchIndex({
        isOpen: () => isOpen,
        open,
        check: () => store.check(),
        isGone: () => store.generation() === null,
        onGone: () => {
          isOpen = false;
        },
        onOpened: async () => {
          await embedPending({ signal: stopping.signal });
          await onLateOpening();
        },
        signal: stopping.signal,
        logger,
      });
    },

    async check() {
      await store.check();
      if (store.generation() === (await findFilledGeneration(db))) return;
      throw new AppError(
        'vector_store_unavailable',
        'The document index is being filled: not all documents are found yet.',
      );
    },

    async stop() {
      stopping.abort();
      await watching;
    },

    async add(added) {
      await store.upsert(added.map((chunk) => toPoint(chunk, null)));
    },

    remove: (chunkIds) => store.remove(chunkIds),

    changeAudience: (sourceId, audience) => store.setAudience(sourceId, audience),

    embedPending,
  };
}

function changedByAnother(): AppError {
  return new AppError(
    'vector_store_unavailable',
    'Another process has changed the document index to another embedding model. Restart this one with the same settings.',
  );
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
