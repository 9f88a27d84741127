import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createQdrantVectorStore } from '../../../core/adapters/qdrant-vector-store.ts';
import type { VectorPoint } from '../../../core/ports/vector-store.ts';
import { describeVectorStore } from '../../contracts/vector-store-contract.ts';
import { type FakeQdrant, type FakeQdrantOptions, startFakeQdrant } from '../../support/fake-qdrant.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';

const EMBEDDING = { model: 'Org/Model v1', dimension: 2 };
const QUERY = { sparse: { indices: [1], values: [1] }, dense: Float32Array.of(1, 0), audience: ['public'], limit: 5 };

function createStore(qdrant: FakeQdrant, more: { apiKey?: string; url?: string } = {}) {
  const logger = createSilentLogger();
  const store = createQdrantVectorStore({ url: qdrant.url, apiKey: undefined, alias: 'docs', logger, ...more });
  return Object.assign(store, { logger });
}

function point(id = randomUUID()): VectorPoint {
  return {
    id,
    documentId: randomUUID(),
    sourceId: randomUUID(),
    audience: ['public'],
    sparse: { indices: [1], values: [1] },
    dense: Float32Array.of(1, 0),
  };
}

async function openWithPoints(options: FakeQdrantOptions = {}) {
  const qdrant = await startFakeQdrant(options);
  const store = createStore(qdrant, { apiKey: options.apiKey });
  await store.open(EMBEDDING);
  const points = [point(), point()];
  await store.upsert(points);
  return { qdrant, store, points, [Symbol.asyncDispose]: () => qdrant.stop() };
}

describeVectorStore('the Qdrant vector store', async () => {
  const qdrant = await startFakeQdrant();
  return {
    store: createStore(qdrant),
    createSecond: () => createStore(qdrant),
    [Symbol.asyncDispose]: () => qdrant.stop(),
  };
});

describe('the Qdrant vector store on the wire', () => {
  it('keeps one collection per model and dimension behind the alias', async () => {
    await using t = await openWithPoints();

    expect([...t.qdrant.aliases]).toEqual([['docs', 'docs_org-model-v1_2']]);
    expect([...t.qdrant.collections.keys()]).toEqual(['docs_org-model-v1_2']);
  });

  it('asks for idf, cosine and indexes on what it filters by', async () => {
    await using t = await openWithPoints();
    const sent = (path: RegExp) =>
      t.qdrant.requests.filter((request) => path.test(request.path)).map(({ body }) => body);

    expect(sent(/^\/collections\/[^/]+$/)[0]).toEqual({
      vectors: { dense: { size: 2, distance: 'Cosine' } },
      sparse_vectors: { sparse: { modifier: 'idf' } },
    });
    expect(sent(/\/index$/).map((body) => body.field_name)).toEqual(['audience', 'source_id', 'document_id']);
  });

  it('filters by audience inside each ranking and fuses on the server, in one round trip', async () => {
    await using t = await openWithPoints();
    const before = t.qdrant.requests.length;

    await t.store.search({ ...QUERY, audience: ['public', 'slack:1'] });

    const sent = t.qdrant.requests.slice(before);
    expect(sent).toHaveLength(1);
    const [fused] = sent[0]!.body.searches;
    const filter = { must: [{ key: 'audience', match: { any: ['public', 'slack:1'] } }] };
    expect(fused.prefetch.map((prefetch: object) => prefetch)).toMatchObject([
      { using: 'sparse', filter },
      { using: 'dense', filter },
    ]);
    expect(fused.query.rrf.weights).toHaveLength(2);
  });

  it('goes without weights on an older server, and says so once', async () => {
    await using t = await openWithPoints({ knowsWeights: false });

    const [first, second] = [await t.store.search(QUERY), await t.store.search(QUERY)];

    expect(first.hits).toHaveLength(2);
    expect(second.hits).toHaveLength(2);
    expect(t.store.logger.lines.filter((line) => line.level === 'warn')).toHaveLength(1);
  });

  it('asks one by one where batches are unknown', async () => {
    await using t = await openWithPoints({ knowsBatches: false });

    expect(await t.store.search(QUERY)).toMatchObject({ hits: [{}, {}], topDenseScore: expect.closeTo(1, 5) });
  });

  it.each([
    ['aliases', /\/aliases$/],
    ['asking whether a collection exists', /\/exists$/],
    ['indexes of the payload', /\/index$/],
  ])('does without %s', async (_what, lacks) => {
    await using t = await openWithPoints({ lacks });
    const restarted = createStore(t.qdrant);

    expect(await restarted.open(EMBEDDING)).toBe('ready');
    await restarted.remove([t.points[0]!.id]);
    expect((await restarted.search(QUERY)).hits).toHaveLength(1);
    await restarted.rebuild(
      (async function* () {
        yield [point(), point(), point()];
      })(),
    );
    expect((await restarted.search(QUERY)).hits).toHaveLength(3);
    expect(await restarted.count()).toBe(3);
  });

  it('sends its key, and says which setting is wrong when it is refused', async () => {
    await using t = await openWithPoints({ apiKey: 'secret' });
    const stranger = createStore(t.qdrant, { apiKey: 'wrong' });

    await expect(stranger.open(EMBEDDING)).rejects.toMatchObject({
      code: 'vector_store_unavailable',
      message: expect.stringContaining('QDRANT_API_KEY'),
    });
  });

  it('works below a path', async () => {
    await using t = await openWithPoints({ prefix: '/vectors' });

    expect((await t.store.search(QUERY)).hits).toHaveLength(2);
  });

  it('says that Qdrant cannot be reached, and answers again when it is back', async () => {
    await using t = await openWithPoints();
    t.qdrant.refuse({ status: 503 });
    await expect(t.store.search(QUERY)).rejects.toMatchObject({ code: 'vector_store_unavailable' });
    await expect(t.store.check()).rejects.toMatchObject({ code: 'vector_store_unavailable' });

    t.qdrant.refuse(null);

    expect((await t.store.search(QUERY)).hits).toHaveLength(2);
    await t.store.check();
  });

  it('reports a server that is not there', async () => {
    const qdrant = await startFakeQdrant();
    await qdrant.stop();

    await expect(createStore(qdrant).open(EMBEDDING)).rejects.toMatchObject({
      code: 'vector_store_unavailable',
      message: expect.stringContaining('QDRANT_URL'),
    });
  });

  it('sends many points in several requests', async () => {
    await using t = await openWithPoints();
    const before = t.qdrant.requests.length;

    await t.store.upsert(Array.from({ length: 250 }, () => point()));

    expect(t.qdrant.requests.slice(before).map(({ body }) => body.points.length)).toEqual([100, 100, 50]);
    expect(await t.store.count()).toBe(252);
  });

  it('drops the old collection after the swap', async () => {
    await using t = await openWithPoints();
    await t.store.open({ model: 'next', dimension: 2 });

    await t.store.rebuild(
      (async function* () {
        yield [point()];
      })(),
    );

    expect([...t.qdrant.collections.keys()]).toEqual(['docs_next_2']);
    expect([...t.qdrant.aliases]).toEqual([['docs', 'docs_next_2']]);
  });

  it('searches by words when another process has swapped in another model', async () => {
    await using t = await openWithPoints();
    const other = createStore(t.qdrant);
    await other.open({ model: 'longer', dimension: 3 });
    await other.rebuild(
      (async function* () {
        yield [{ ...point(), dense: Float32Array.of(1, 0, 0) }];
      })(),
    );

    expect(await t.store.search(QUERY)).toMatchObject({ hits: [{}], topDenseScore: 0 });
  });
});
