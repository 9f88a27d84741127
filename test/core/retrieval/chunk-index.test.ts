import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { describe, expect, it, vi } from 'vitest';
import { createBuiltinVectorStore } from '../../../core/adapters/builtin-vector-store.ts';
import { createQdrantVectorStore } from '../../../core/adapters/qdrant-vector-store.ts';
import type { VectorStore } from '../../../core/ports/vector-store.ts';
import type { IndexedChunk } from '../../../core/retrieval/chunk-index.ts';
import { createChunkIndex } from '../../../core/retrieval/create-chunk-index.ts';
import { createRetrieval } from '../../../core/retrieval/create-retrieval.ts';
import { flushRemovedChunks } from '../../../core/retrieval/flush-removed-chunks.ts';
import { createInstallation } from '../../../core/retrieval/search-index-state.ts';
import { type FakeQdrant, startFakeQdrant } from '../../support/fake-qdrant.ts';
import { createHashingEmbedder } from '../../support/hashing-embedder.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { createTestNotifications } from '../../support/test-notifications.ts';

const signal = new AbortController().signal;
const CHUNKS = 100;

type CreateStore = (db: Knex, url: string) => VectorStore;

async function openDatabase() {
  const database = await createTestDatabase();
  return { ...database, stop: () => database[Symbol.asyncDispose]() };
}

/** A source with chunks that no index knows yet. */
async function addChunks(db: Knex, count = CHUNKS): Promise<IndexedChunk[]> {
  const [sourceId, documentId] = [randomUUID(), randomUUID()];
  const [title, language, audience] = ['Guide', 'en', ['public']];
  await db('sources').insert({ id: sourceId, kind: 'text', location: sourceId, title, audience });
  await db('documents').insert({
    id: documentId,
    source_id: sourceId,
    location: 'd',
    title,
    content_hash: '',
    language,
  });
  const chunks = Array.from({ length: count }, (_, position) => {
    const text = `Passage ${position} tells of subject number ${position}.`;
    return { id: randomUUID(), documentId, sourceId, audience, title, headings: [], text, language };
  });
  const rows = chunks.map(({ id, text }, position) => {
    return { id, document_id: documentId, source_id: sourceId, position, headings: [], text };
  });
  await db('chunks').insert(rows);
  return chunks;
}

function startProcess(
  { db, url }: { db: Knex; url: string },
  createStore: CreateStore,
  embedder = createHashingEmbedder(),
) {
  const store = createStore(db, url);
  const index = createChunkIndex({ db, store, embedder, logger: createSilentLogger() });
  const stop = async () => {
    await index.stop();
    await store.close();
  };
  return { store, index, embedder, stop, [Symbol.asyncDispose]: stop };
}

const builtin: CreateStore = (db, url) =>
  createBuiltinVectorStore({ db, notifications: createTestNotifications(url), logger: createSilentLogger() });

const inQdrant =
  (qdrant: Pick<FakeQdrant, 'url'>): CreateStore =>
  (db) => {
    const installation = createInstallation(db);
    const fixed = { apiKey: undefined, alias: 'parley', logger: createSilentLogger() };
    return createQdrantVectorStore({ url: qdrant.url, installation, ...fixed });
  };

const vectorsIn = ({ collections, aliases }: FakeQdrant): number => {
  const points = [...(collections.get(aliases.get('parley') ?? '')?.points.values() ?? [])];
  return points.filter(({ vector }) => 'dense' in vector).length;
};

async function countVectors(db: Knex): Promise<number> {
  const [row] = await db('vector_points')
    .join('vector_collections', 'vector_collections.id', 'vector_points.collection_id')
    .where('is_active', true)
    .whereNotNull('dense')
    .count();
  return Number(row?.count);
}

describe.each(['built-in', 'Qdrant'])('an index in the %s store, shared by processes', (kind) => {
  async function openStore() {
    const qdrant = await startFakeQdrant();
    const database = await openDatabase();
    return {
      database,
      create: kind === 'Qdrant' ? inQdrant(qdrant) : builtin,
      vectors: async () => (kind === 'Qdrant' ? vectorsIn(qdrant) : countVectors(database.db)),
      async [Symbol.asyncDispose]() {
        await database.stop();
        await qdrant.stop();
      },
    };
  }

  it('embeds each text once when two restart at once with another model', async () => {
    await using t = await openStore();
    {
      await using before = startProcess(t.database, t.create);
      await before.index.start();
      await before.index.add(await addChunks(t.database.db));
      expect(await before.index.embedPending({ signal })).toBe(CHUNKS);
    }
    const another = () => createHashingEmbedder({ model: 'another', dimension: 32 });
    await using one = startProcess(t.database, t.create, another());
    await using two = startProcess(t.database, t.create, another());

    await Promise.all([one.index.start(), two.index.start()]);
    const embedded = await Promise.all([one, two].map(({ index }) => index.embedPending({ signal })));

    expect(embedded.toSorted((a, b) => a - b)).toEqual([0, CHUNKS]);
    expect(one.embedder.embedded.length + two.embedder.embedded.length).toBe(CHUNKS);
    expect(await t.vectors()).toBe(CHUNKS);
    expect(await one.store.count()).toBe(CHUNKS);
  });

  it('loses nothing, and embeds nothing twice, when an audience changes while it is embedding', async () => {
    await using t = await openStore();
    const { db } = t.database;
    await using process = startProcess(t.database, t.create);
    await process.index.start();
    const chunks = await addChunks(db);
    await process.index.add(chunks);
    const { sourceId } = chunks[0]!;
    let changing: Promise<void> | undefined;
    const change = async () => {
      await process.index.changeAudience(sourceId, ['discord:1']);
      await db('sources')
        .where({ id: sourceId })
        .update({ audience: ['discord:1'] });
      await process.index.changeAudience(sourceId, ['discord:1']);
    };

    await process.index.embedPending({
      signal,
      onProgress: () => {
        changing ??= change();
      },
    });
    await changing;
    await process.index.embedPending({ signal });

    expect(await t.vectors()).toBe(CHUNKS);
    // One batch may have been under way.
    expect(process.embedder.embedded.length).toBeLessThanOrEqual(CHUNKS + 32);
    const dense = (await process.embedder.embed([chunks[0]!.text]))[0]!;
    const search = (audience: string[]) =>
      process.store.search({ sparse: { indices: [], values: [] }, dense, audience, limit: CHUNKS });
    expect((await search(['public'])).hits).toEqual([]);
    expect((await search(['discord:1'])).hits.length).toBeGreaterThan(0);
  });

  it('does not change the index back when another process has moved on to another model', async () => {
    await using t = await openStore();
    await using old = startProcess(t.database, t.create);
    await old.index.start();
    await old.index.add(await addChunks(t.database.db, 40));
    await old.index.embedPending({ signal });
    await using next = startProcess(t.database, t.create, createHashingEmbedder({ model: 'next' }));
    await next.index.start();
    await next.index.embedPending({ signal });

    await old.index.add(await addChunks(t.database.db, 3));
    await expect(old.index.embedPending({ signal })).rejects.toThrow('another embedding model');

    expect(await t.vectors()).toBe(40);
    expect(await next.index.embedPending({ signal })).toBe(3);
    expect(await t.vectors()).toBe(43);
  });

  it('removes nothing but what was noted for removal', async () => {
    await using t = await openStore();
    const { db } = t.database;
    await using process = startProcess(t.database, t.create);
    await process.index.start();
    const chunks = await addChunks(db, 3);
    await process.index.add(chunks);
    await db('chunk_removals').insert({ chunk_id: chunks[0]!.id });
    await db('chunks').whereIn('id', [chunks[0]!.id, chunks[1]!.id]).delete();

    await flushRemovedChunks(db, process.index);

    expect(await process.store.count()).toBe(2);
    expect(await db('chunk_removals')).toEqual([]);
  });
});

describe('an index in a Qdrant that comes and goes', () => {
  it('is filled again by the running process when the storage was wiped', async () => {
    await using qdrant = await startFakeQdrant();
    const database = await openDatabase();
    const process = startProcess(database, inQdrant(qdrant));
    await process.index.start();
    await process.index.add(await addChunks(database.db, 40));
    await expect(process.index.check()).resolves.toBeUndefined();
    await process.index.embedPending({ signal });

    qdrant.wipe();
    await expect(process.index.check()).rejects.toThrow('gone from Qdrant');
    await expect(process.index.check()).rejects.toThrow('gone from Qdrant');

    await vi.waitFor(() => expect(vectorsIn(qdrant)).toBe(40), 20_000);
    await process.index.check();
    await process.stop();
    await database.stop();
  });

  it('opens late, and then has the documents read that were waiting', async () => {
    const { url, stop } = await startFakeQdrant();
    await stop();
    const database = await openDatabase();
    const process = startProcess(database, inQdrant({ url }));
    await addChunks(database.db, 40);
    let isCalled = false;
    const onLateOpening = async () => {
      isCalled = true;
    };
    await process.index.start({ onLateOpening });
    await expect(process.store.check()).rejects.toThrow('QDRANT_URL');

    await using qdrant = await startFakeQdrant({ port: Number(new URL(url).port) });

    await vi.waitFor(() => expect(isCalled).toBe(true), 20_000);
    expect(vectorsIn(qdrant)).toBe(40);
    await process.index.check();
    await process.stop();
    await database.stop();
  });

  it('belongs to one of two installations that use the same name, and the other one harms nothing', async () => {
    await using qdrant = await startFakeQdrant();
    const [mine, theirs] = [await openDatabase(), await openDatabase()];
    const first = startProcess(mine, inQdrant(qdrant));
    await first.index.start();
    await first.index.add(await addChunks(mine.db, 20));
    await first.index.embedPending({ signal });

    const second = startProcess(theirs, inQdrant(qdrant));
    await second.index.start();
    await expect(second.index.add(await addChunks(theirs.db, 1))).rejects.toMatchObject({
      code: 'vector_store_unavailable',
    });
    await expect(second.index.embedPending({ signal })).rejects.toThrow('QDRANT_COLLECTION');
    await expect(second.store.check()).rejects.toThrow('QDRANT_COLLECTION');

    expect(vectorsIn(qdrant)).toBe(20);
    await Promise.all([first.stop(), second.stop()]);
    await Promise.all([mine.stop(), theirs.stop()]);
  });
});

describe('the confidence in what a Qdrant finds', () => {
  it('is that of the built-in index, and stays when points that are gone go on counting there', async () => {
    await using qdrant = await startFakeQdrant();
    const database = await openDatabase();
    const { db } = database;
    const processes = [startProcess(database, inQdrant(qdrant)), startProcess(database, builtin)];
    const chunks = await addChunks(db, 60);
    const ask = async ({ store, embedder }: (typeof processes)[number]) => {
      const retrieval = createRetrieval({ db, store, embedder, logger: createSilentLogger(), meaningPerSecond: 0 });
      const turns = [{ role: 'user' as const, content: 'What is subject number 17?' }];
      return retrieval.search({ turns, viewer: { userId: 'ada', space: null, isPrivate: true }, signal });
    };
    const confidences: number[] = [];
    for (const process of processes) {
      await process.index.start();
      await process.index.add(chunks);
      confidences.push((await ask(process)).confidence);
    }
    const [inServer] = processes;
    const gone = chunks
      .slice(0, 1)
      .flatMap((chunk) => Array.from({ length: 300 }, () => ({ ...chunk, id: randomUUID(), text: 'subject 17' })));
    await inServer!.index.add(gone);
    await inServer!.index.remove(gone.map(({ id }) => id));

    expect(confidences[0]).toBeCloseTo(confidences[1]!, 5);
    expect((await ask(inServer!)).confidence).toBeCloseTo(confidences[0]!, 5);
    await Promise.all(processes.map(({ stop }) => stop()));
    await database.stop();
  });
});
