import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createQdrantVectorStore, type QdrantOptions } from '../../../core/adapters/qdrant-vector-store.ts';
import type { VectorPoint } from '../../../core/ports/vector-store.ts';
import { describeVectorStore } from '../../contracts/vector-store-contract.ts';
import { type FakeQdrant, type FakeQdrantOptions, startFakeQdrant } from '../../support/fake-qdrant.ts';
import type { CollectionConfig } from '../../support/fake-qdrant-collection.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';

const EMBEDDING = { model: 'Org/Model v1', dimension: 2 };
const QUERY = { sparse: { indices: [1], values: [1] }, dense: Float32Array.of(1, 0), audience: ['public'], limit: 5 };

/** Of one database: all stores of a test belong to it unless they say otherwise. */
const OURS = { id: async () => '11111111-2222-3333-4444-555555555555', hasAnyOf: async () => true };
const STRANGERS = { id: async () => '99999999-8888-7777-6666-555555555555', hasAnyOf: async () => false };

function createStore(qdrant: FakeQdrant, more: Partial<QdrantOptions> = {}) {
  const logger = createSilentLogger();
  const fixed = { url: qdrant.url, apiKey: undefined, alias: 'docs', installation: OURS, logger };
  return Object.assign(createQdrantVectorStore({ ...fixed, ...more }), { logger });
}

const aliased = (qdrant: FakeQdrant) => qdrant.collections.get(qdrant.aliases.get('docs') ?? '');

async function* batches(...points: VectorPoint[]): AsyncIterable<VectorPoint[]> {
  yield points;
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

    const name = t.store.generation();
    expect(name).toMatch(/^docs_111111112222_org-model-v1_2_[0-9a-f]{6}_[0-9a-f]{8}$/);
    expect([...t.qdrant.aliases]).toEqual([['docs', name]]);
    expect([...t.qdrant.collections.keys()]).toEqual([name]);
  });

  it('asks for idf, cosine and indexes on what it filters by', async () => {
    await using t = await openWithPoints();
    const sent = (path: RegExp) =>
      t.qdrant.requests.filter((request) => path.test(request.path)).map(({ body }) => body);

    expect(sent(/^\/collections\/docs_[^/]+$/)[0]).toEqual({
      shard_number: 1,
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

    expect([...t.qdrant.collections.keys()]).toEqual([t.store.generation()]);
    expect([...t.qdrant.aliases]).toEqual([['docs', expect.stringContaining('_next_2_')]]);
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

  it('keeps vectors of two models of the same dimension apart, in writing and in searching', async () => {
    await using t = await openWithPoints();
    const other = createStore(t.qdrant);
    await other.open({ model: 'next', dimension: 2 });
    await other.rebuild(batches(point()));

    const writtenTo = await t.store.upsert([point()]);
    const found = await t.store.search(QUERY);

    expect(writtenTo).toBeNull();
    expect(found).toMatchObject({ hits: [{}, {}], topDenseScore: 0 });
    const stored = [...(aliased(t.qdrant)?.points.values() ?? [])];
    expect(stored.map(({ vector }) => 'dense' in vector)).toEqual([true, false]);
  });
});

describe('whose a collection in Qdrant is', () => {
  it('refuses that of another installation in words, and changes nothing there', async () => {
    await using t = await openWithPoints();
    const stranger = createStore(t.qdrant, { installation: STRANGERS });

    const refusal = { code: 'vector_store_unavailable', message: expect.stringContaining('QDRANT_COLLECTION') };
    await expect(stranger.open(EMBEDDING)).rejects.toMatchObject(refusal);
    await expect(stranger.check()).rejects.toMatchObject(refusal);
    await expect(stranger.remove([t.points[0]!.id])).rejects.toMatchObject({ code: 'vector_store_unavailable' });

    expect(await t.store.count()).toBe(2);
    expect(t.qdrant.collections.size).toBe(1);
  });

  it('refuses a collection, or one behind the alias, that some other program made', async () => {
    await using qdrant = await startFakeQdrant();
    await createStore(qdrant, { alias: 'theirs', installation: STRANGERS }).open(EMBEDDING);
    const [theirs] = qdrant.collections.keys();
    qdrant.aliases.set('docs', theirs!);
    await expect(createStore(qdrant).open(EMBEDDING)).rejects.toThrow('QDRANT_COLLECTION');
    await expect(createStore(qdrant, { alias: theirs! }).open(EMBEDDING)).rejects.toThrow('QDRANT_COLLECTION');
  });

  it('takes over its own collection from before they were marked, and makes it anew', async () => {
    await using t = await openWithPoints();
    const [name] = t.qdrant.collections.keys();
    const collection = t.qdrant.collections.get(name!)!;
    t.qdrant.collections.clear();
    t.qdrant.collections.set('docs_org-model-v1_2', collection);
    t.qdrant.aliases.set('docs', 'docs_org-model-v1_2');

    await expect(createStore(t.qdrant, { installation: STRANGERS }).open(EMBEDDING)).rejects.toThrow('belongs to');
    const upgraded = createStore(t.qdrant);
    expect(await upgraded.open(EMBEDDING)).toBe('stale');
    expect((await upgraded.search(QUERY)).hits).toHaveLength(2);
    await upgraded.rebuild(batches(point()));
    expect([...t.qdrant.collections.keys()]).toEqual([upgraded.generation()]);
  });
});

describe('a Qdrant in trouble', () => {
  it('tells a limit of requests, silence and a page of HTML apart', async () => {
    await using t = await openWithPoints();
    const said = async (rule: Parameters<FakeQdrant['refuse']>[0]) => {
      t.qdrant.refuse(rule);
      return t.store.search(QUERY).then(
        () => 'nothing',
        (error: Error) => error.message,
      );
    };
    const tooMany = 'Qdrant takes no more requests for now (429): its rate limit is reached.';
    expect(await said({ status: 429, retryAfter: '12' })).toBe(tooMany);
    expect(await said({ status: 429, retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT' })).toBe(tooMany);
    expect(await said({ status: 429 })).toBe(tooMany);
    expect(await said({ status: 502, html: '<html>Bad gateway</html>' })).toMatch(/not Qdrant.*status 502.*QDRANT_URL/);
    expect(await said({ status: 200, html: '<html>Welcome to nginx!</html>' })).toMatch(/not Qdrant.*QDRANT_URL/);
    expect(await said({ status: 500 })).toBe(
      'Qdrant refused the request with status 500. It says: refused by the test',
    );
    t.qdrant.refuse(null);
    t.qdrant.freeze(true);
    expect(await said(null)).toBe('Qdrant did not answer in time. It may be overloaded or frozen.');
  });

  it('lets one question wait for a frozen server, and the others none', async () => {
    let now = 0;
    await using qdrant = await startFakeQdrant();
    const store = createStore(qdrant, { now: () => now });
    await store.open(EMBEDDING);
    await store.upsert([point()]);
    qdrant.freeze(true);
    await expect(store.search(QUERY)).rejects.toThrow('in time');
    const before = qdrant.requests.length;

    await expect(store.search(QUERY)).rejects.toThrow('did not answer lately');

    expect(qdrant.requests).toHaveLength(before);
    qdrant.freeze(false);
    now = 11_000;
    expect((await store.search(QUERY)).hits).toHaveLength(1);
  });

  it('goes on at another address when one dies', async () => {
    await using t = await openWithPoints();
    const gone = await startFakeQdrant();
    await gone.stop();
    const store = createStore(t.qdrant, { url: `${gone.url},${t.qdrant.url}` });

    expect(await store.open(EMBEDDING)).toBe('ready');
    expect((await store.search(QUERY)).hits).toHaveLength(2);
    await store.upsert([point()]);
    expect(await store.count()).toBe(3);
  });

  it('says that the index is gone when the storage was wiped, and makes another one', async () => {
    await using t = await openWithPoints();
    const before = t.store.generation();
    t.qdrant.wipe();

    await expect(t.store.search(QUERY)).rejects.toThrow('gone from Qdrant');
    expect(t.store.generation()).toBeNull();
    expect(await t.store.open(EMBEDDING)).toBe('ready');
    expect(t.store.generation()).not.toBe(before);
  });

  it('finds out that a key may only read', async () => {
    await using t = await openWithPoints({ apiKey: 'all', readOnlyApiKey: 'read' });
    const reader = createStore(t.qdrant, { apiKey: 'read' });

    expect(await reader.open(EMBEDDING)).toBe('ready');
    await reader.check();
    await expect(reader.checkWrite()).rejects.toThrow(/read and write.*QDRANT_API_KEY.*manage access/);
    await createStore(t.qdrant, { apiKey: 'all' }).open(EMBEDDING);
  });
});

describe('how a collection in Qdrant is kept', () => {
  it('is made as the settings say, and stays so over a rebuild without them', async () => {
    await using qdrant = await startFakeQdrant();
    const storage = { shards: 2, replicas: 2, onDisk: true, quantization: 'scalar' } as const;
    await createStore(qdrant, { storage }).open(EMBEDDING);
    expect(aliased(qdrant)?.config).toMatchObject({
      shard_number: 2,
      replication_factor: 2,
      on_disk_payload: true,
      vectors: { dense: { on_disk: true } },
      quantization_config: { scalar: { type: 'int8' } },
    });

    const unset = createStore(qdrant);
    await unset.open(EMBEDDING);
    await unset.rebuild(batches(point()));

    expect(aliased(qdrant)?.config).toMatchObject({
      shard_number: 1,
      replication_factor: 2,
      on_disk_payload: true,
      vectors: { dense: { on_disk: true } },
      quantization_config: { scalar: { type: 'int8' } },
    });
  });

  it('changes in place what a setting says now', async () => {
    await using t = await openWithPoints();
    const name = t.store.generation();

    await createStore(t.qdrant, { storage: { onDisk: true, quantization: 'binary' } }).open(EMBEDDING);

    expect(t.store.generation()).toBe(name);
    expect(aliased(t.qdrant)?.config).toMatchObject({
      on_disk_payload: true,
      vectors: { dense: { on_disk: true } },
      quantization_config: { binary: {} },
    });
  });

  it('gets the indexes that somebody has dropped', async () => {
    await using t = await openWithPoints();
    aliased(t.qdrant)!.indexes.delete('audience');

    await createStore(t.qdrant).open(EMBEDDING);

    expect([...aliased(t.qdrant)!.indexes].sort()).toEqual(['audience', 'document_id', 'source_id']);
  });

  it.each([
    ['idf', (config: CollectionConfig) => delete config.sparse_vectors!.sparse!.modifier],
    ['Cosine', (config: CollectionConfig) => Object.assign(config.vectors!.dense!, { distance: 'Dot' })],
    ['dimensions', (config: CollectionConfig) => Object.assign(config.vectors!.dense!, { size: 7 })],
  ])('is made anew, and says why, where it lacks %s', async (why, spoil) => {
    await using t = await openWithPoints();
    spoil(aliased(t.qdrant)!.config);
    const restarted = createStore(t.qdrant);

    expect(await restarted.open(EMBEDDING)).toBe('stale');
    expect(restarted.logger.lines.map(({ message }) => message).join()).toContain(why);
    await restarted.rebuild(batches(point()));

    expect(await restarted.open(EMBEDDING)).toBe('ready');
    expect(aliased(t.qdrant)?.config.sparse_vectors).toEqual({ sparse: { modifier: 'idf' } });
  });

  it('keeps to the limits of strict mode, which stay over a rebuild', async () => {
    await using t = await openWithPoints();
    aliased(t.qdrant)!.config.strict_mode_config = {
      enabled: true,
      upsert_max_batchsize: 7,
      max_query_limit: 5,
      unindexed_filtering_retrieve: false,
    };

    // Not read yet: what is refused is sent in halves.
    await t.store.upsert(Array.from({ length: 40 }, () => point()));
    await t.store.open(EMBEDDING);
    await t.store.rebuild(batches(...Array.from({ length: 20 }, () => point())));

    expect((await t.store.search({ ...QUERY, limit: 15 })).hits).toHaveLength(5);
    expect(await t.store.count()).toBe(20);
  });
});
