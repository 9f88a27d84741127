import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { VectorPoint, VectorQuery, VectorStore } from '../../core/ports/vector-store.ts';
import { FUSION } from '../../core/retrieval/rank-fusion.ts';

export interface VectorStoreUnderTest extends AsyncDisposable {
  store: VectorStore;
  /** Another process on the same data; not opened yet. */
  createSecond(): VectorStore;
}

const EMBEDDING = { model: 'test-model', dimension: 4 };

/** What every vector store promises, whatever is behind it. */
export function describeVectorStore(name: string, createUnderTest: () => Promise<VectorStoreUnderTest>): void {
  const openStore = async () => {
    const t = await createUnderTest();
    expect(await t.store.open(EMBEDDING)).toBe('ready');
    return t;
  };

  describe(name, () => {
    it('finds nothing in an empty collection', async () => {
      await using t = await openStore();

      expect(await t.store.search(query({ terms: [1] }))).toEqual({ hits: [], topLexicalScore: 0, topDenseScore: 0 });
      expect(await t.store.count()).toBe(0);
    });

    it('refuses to search before it is open', async () => {
      await using t = await createUnderTest();

      await expect(t.store.search(query({ terms: [1] }))).rejects.toMatchObject({ code: 'vector_store_unavailable' });
    });

    it('finds a point by its words before it has a vector', async () => {
      await using t = await openStore();
      const wordsOnly = point({ terms: [7], dense: null });
      await t.store.upsert([wordsOnly, point({ terms: [8] })]);

      const found = await t.store.search(query({ terms: [7], dense: [0, 0, 0, 1] }));

      expect(found.hits[0]?.id).toBe(wordsOnly.id);
      expect(found.topLexicalScore).toBeGreaterThan(0);
    });

    it('finds a point by its meaning when no word matches', async () => {
      await using t = await openStore();
      const near = point({ terms: [1], dense: [1, 0, 0, 0] });
      await t.store.upsert([near, point({ terms: [2], dense: [0, 1, 0, 0] })]);

      const found = await t.store.search(query({ terms: [], dense: [0.8, 0.6, 0, 0] }));

      expect(found.hits[0]?.id).toBe(near.id);
      expect(found.topDenseScore).toBeCloseTo(0.8, 5);
      expect(found.topLexicalScore).toBe(0);
    });

    it('finds a point whose text has no words by its meaning', async () => {
      await using t = await openStore();
      const wordless = point({ terms: [], dense: [1, 0, 0, 0] });
      await t.store.upsert([wordless]);

      expect((await t.store.search(query({ terms: [5], dense: [1, 0, 0, 0] }))).hits[0]?.id).toBe(wordless.id);
    });

    it('shows only points that share an entry of the audience', async () => {
      await using t = await openStore();
      const publicly = point({ terms: [1], audience: ['public'] });
      const guild = point({ terms: [1], audience: ['discord:1', 'slack:2'] });
      const privately = point({ terms: [1], audience: ['user:ada'] });
      await t.store.upsert([publicly, guild, privately]);
      const seenBy = async (...audience: string[]) =>
        (await t.store.search(query({ terms: [1], dense: [1, 0, 0, 0], audience }))).hits.map((hit) => hit.id).sort();

      expect(await seenBy('public')).toEqual([publicly.id]);
      expect(await seenBy('public', 'slack:2')).toEqual([publicly.id, guild.id].sort());
      expect(await seenBy('user:ada')).toEqual([privately.id]);
      expect(await seenBy('user:ad')).toEqual([]);
      expect(await seenBy()).toEqual([]);
    });

    it('lets points of others fill no place in the ranking and lend no score', async () => {
      await using t = await openStore();
      const hidden = Array.from({ length: FUSION.candidates + 20 }, () =>
        point({ terms: [1, 1, 1], audience: ['user:bob'] }),
      );
      const visible = point({ terms: [1, 2, 3], audience: ['public'], dense: [0, 1, 0, 0] });
      await t.store.upsert([...hidden, visible]);

      const found = await t.store.search(query({ terms: [1], dense: [1, 0, 0, 0] }));

      expect(found.hits.map((hit) => hit.id)).toEqual([visible.id]);
      expect(found.topDenseScore).toBeCloseTo(0, 5);
    });

    it('changes who may see a point', async () => {
      await using t = await openStore();
      const moved = point({ terms: [1], audience: ['public'] });
      await t.store.upsert([moved]);

      await t.store.upsert([{ ...moved, audience: ['discord:1'] }]);

      expect((await t.store.search(query({ terms: [1] }))).hits).toEqual([]);
      expect((await t.store.search(query({ terms: [1], audience: ['discord:1'] }))).hits).toHaveLength(1);
    });

    it('changes who may see the points of a source, which keep their vectors', async () => {
      await using t = await openStore();
      const [moved, other] = [point({ terms: [1] }), point({ terms: [1] })];
      await t.store.upsert([moved, other]);

      await t.store.setAudience(moved.sourceId, ['discord:1']);
      await t.store.setAudience(randomUUID(), ['discord:1']);

      expect((await t.store.search(query({ terms: [1] }))).hits.map(({ id }) => id)).toEqual([other.id]);
      const seen = await t.store.search(query({ terms: [], dense: [1, 0, 0, 0], audience: ['discord:1'] }));
      expect(seen.hits.map(({ id }) => id)).toEqual([moved.id]);
    });

    it('has a new generation for each filling, and says which one has the vectors', async () => {
      await using t = await createUnderTest();
      expect(t.store.generation()).toBeNull();
      await t.store.open(EMBEDDING);
      const first = t.store.generation();
      expect(await t.store.upsert([point({ terms: [1] })])).toBe(first);

      await t.store.rebuild(batches([point({ terms: [1] })]));
      const second = t.store.generation();
      expect(second).not.toBe(first);
      const restarted = t.createSecond();
      await restarted.open(EMBEDDING);
      expect(restarted.generation()).toBe(second);
      await restarted.close();

      await t.store.open({ model: 'other-model', dimension: 3 });
      expect(await t.store.upsert([point({ terms: [1], dense: [1, 0, 0] })])).toBeNull();
    });

    it('keeps one point per id however often it is put', async () => {
      await using t = await openStore();
      const once = point({ terms: [1], dense: null });

      for (let i = 0; i < 3; i++) await t.store.upsert([once]);
      await t.store.upsert([{ ...once, sparse: toSparse([2]), dense: Float32Array.of(1, 0, 0, 0) }]);

      expect(await t.store.count()).toBe(1);
      expect((await t.store.search(query({ terms: [1], dense: null }))).hits).toEqual([]);
      expect((await t.store.search(query({ terms: [2] }))).hits).toHaveLength(1);
    });

    it('forgets what is removed, and takes removing the unknown calmly', async () => {
      await using t = await openStore();
      const [gone, kept] = [point({ terms: [1] }), point({ terms: [1] })];
      await t.store.upsert([gone, kept]);

      await t.store.remove([gone.id, randomUUID()]);
      await t.store.remove([gone.id]);

      expect((await t.store.search(query({ terms: [1] }))).hits.map((hit) => hit.id)).toEqual([kept.id]);
      expect(await t.store.count()).toBe(1);
    });

    it('finds a point again that was removed and put back', async () => {
      await using t = await openStore();
      const back = point({ terms: [1] });
      await t.store.upsert([back]);
      await t.store.remove([back.id]);

      await t.store.upsert([back]);

      expect((await t.store.search(query({ terms: [1] }))).hits).toHaveLength(1);
    });

    it('ranks a generated collection exactly as BM25, cosine and weighted reciprocal rank say', async () => {
      await using t = await openStore();
      const random = seeded(42);
      const points = Array.from({ length: 400 }, () => randomPoint(random));
      await t.store.upsert(points);

      for (let round = 0; round < 20; round++) {
        const asked = query({ terms: randomTerms(random, 4), dense: randomVector(random), limit: 20 });
        const expected = rankByHand(points, asked);

        const found = await t.store.search(asked);

        expect(found.hits.map((hit) => hit.score)).toEqual(expected.map(({ score }) => expect.closeTo(score, 5)));
        expect(new Set(found.hits.slice(0, 10).map((hit) => hit.id))).toEqual(
          new Set(expected.slice(0, 10).map((hit) => hit.id)),
        );
      }
    });

    it('shows other processes what one of them has written', async () => {
      await using t = await openStore();
      const second = t.createSecond();
      const [first, later] = [point({ terms: [1] }), point({ terms: [1] })];
      await t.store.upsert([first]);
      await second.open(EMBEDDING);

      await second.upsert([later]);
      await second.remove([first.id]);

      const seen = () => t.store.search(query({ terms: [1] })).then((found) => found.hits.map((hit) => hit.id));
      await expect.poll(seen).toEqual([later.id]);
      await second.close();
    });

    it('keeps its points when it is opened again', async () => {
      await using t = await openStore();
      await t.store.upsert([point({ terms: [1] }), point({ terms: [2] })]);
      const second = t.createSecond();

      expect(await second.open(EMBEDDING)).toBe('ready');
      expect((await second.search(query({ terms: [2] }))).hits[0]).toBeDefined();
      expect(await second.count()).toBe(2);
      await second.close();
    });

    it('is stale for another model, and goes on answering by words until it is rebuilt', async () => {
      await using t = await openStore();
      const kept = point({ terms: [1], dense: [1, 0, 0, 0] });
      await t.store.upsert([kept]);

      expect(await t.store.open({ model: 'other-model', dimension: 3 })).toBe('stale');
      const stale = await t.store.search(query({ terms: [1], dense: [1, 0, 0] }));
      await t.store.rebuild(batches([{ ...kept, dense: Float32Array.of(0, 1, 0) }]));
      const rebuilt = await t.store.search(query({ terms: [1], dense: [0, 1, 0] }));

      expect(stale).toMatchObject({ hits: [{ id: kept.id }], topDenseScore: 0 });
      expect(rebuilt.topDenseScore).toBeCloseTo(1, 5);
      expect(await t.store.open({ model: 'other-model', dimension: 3 })).toBe('ready');
    });

    it('opens for words alone while nobody knows the dimension', async () => {
      await using t = await createUnderTest();
      await t.store.open({ model: 'far-away', dimension: null });
      const found = point({ terms: [1], dense: null });
      await t.store.upsert([found]);

      expect((await t.store.search(query({ terms: [1], dense: null }))).hits[0]?.id).toBe(found.id);
      expect(await t.store.open({ model: 'far-away', dimension: 4 })).toBe('stale');
    });

    it('answers every search while it is being rebuilt, from the old points until all new ones are there', async () => {
      await using t = await openStore();
      const [old, fresh] = [point({ terms: [1] }), point({ terms: [1] })];
      await t.store.upsert([old]);
      const seen: (string | undefined)[] = [];
      const look = async () => seen.push((await t.store.search(query({ terms: [1] }))).hits[0]?.id);

      await t.store.rebuild(
        (async function* () {
          await look();
          yield [fresh];
          await look();
        })(),
      );
      await look();

      expect(seen).toEqual([old.id, old.id, fresh.id]);
      expect(await t.store.count()).toBe(1);
    });

    it('keeps the old points when a rebuild fails, and can be rebuilt afterwards', async () => {
      await using t = await openStore();
      const old = point({ terms: [1] });
      await t.store.upsert([old]);
      const failing = async function* () {
        yield [point({ terms: [1] })];
        throw new Error('interrupted');
      };

      await expect(t.store.rebuild(failing())).rejects.toThrow();

      expect((await t.store.search(query({ terms: [1] }))).hits.map((hit) => hit.id)).toEqual([old.id]);
      await t.store.rebuild(batches([old, point({ terms: [2] })]));
      expect(await t.store.count()).toBe(2);
    });
  });
}

async function* batches(points: VectorPoint[]): AsyncIterable<VectorPoint[]> {
  yield points;
}

/** Repeated terms weigh more. */
function toSparse(terms: number[]): VectorPoint['sparse'] {
  const indices = [...new Set(terms)].sort((a, b) => a - b);
  return { indices, values: indices.map((term) => terms.filter((other) => other === term).length) };
}

function point(of: { terms: number[]; dense?: number[] | null; audience?: string[] }): VectorPoint {
  const { terms, dense = [1, 0, 0, 0], audience = ['public'] } = of;
  return {
    id: randomUUID(),
    documentId: randomUUID(),
    sourceId: randomUUID(),
    audience,
    sparse: toSparse(terms),
    dense: dense && Float32Array.from(dense),
  };
}

function query(of: { terms: number[]; dense?: number[] | null; audience?: string[]; limit?: number }): VectorQuery {
  const { terms, dense = null, audience = ['public'], limit = 10 } = of;
  return { sparse: toSparse(terms), dense: dense && Float32Array.from(dense), audience, limit };
}

/** The same numbers on every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function randomTerms(random: () => number, count: number): number[] {
  return Array.from({ length: count }, () => Math.floor(random() ** 2 * 200));
}

function randomVector(random: () => number): number[] {
  const values = Array.from({ length: EMBEDDING.dimension }, () => random() - 0.5);
  return values.map((value) => value / Math.hypot(...values));
}

function randomPoint(random: () => number): VectorPoint {
  const terms = randomTerms(random, 5 + Math.floor(random() * 20));
  const made = point({ terms, dense: randomVector(random), audience: [random() < 0.7 ? 'public' : 'user:bob'] });
  // Weights that never tie, so that there is one right order.
  return {
    ...made,
    sparse: { ...made.sparse, values: made.sparse.values.map((value) => Math.fround(value * (0.5 + random()))) },
  };
}

/** The ranking spelled out, in the plainest way. */
function rankByHand(points: VectorPoint[], asked: VectorQuery): { id: string; score: number }[] {
  const idf = (term: number) => {
    const containing = points.filter((candidate) => candidate.sparse.indices.includes(term)).length;
    return Math.log(1 + (points.length - containing + 0.5) / (containing + 0.5));
  };
  const eligible = points.filter((candidate) => candidate.audience.some((entry) => asked.audience.includes(entry)));
  const byWords = rank(eligible, ({ sparse }) =>
    asked.sparse.indices.reduce((sum, term, at) => {
      const weight = sparse.values[sparse.indices.indexOf(term)] ?? 0;
      return sum + (asked.sparse.values[at] ?? 0) * idf(term) * weight;
    }, 0),
  ).filter(({ score }) => score > 0);
  const byMeaning = rank(eligible, ({ dense }) =>
    [...(dense ?? [])].reduce((sum, value, at) => sum + value * (asked.dense?.[at] ?? 0), 0),
  );

  const fused = new Map<string, number>();
  for (const [ranking, weight] of [
    [byWords, FUSION.lexicalWeight],
    [byMeaning, FUSION.denseWeight],
  ] as const) {
    ranking.slice(0, FUSION.candidates).forEach(({ id }, position) => {
      fused.set(id, (fused.get(id) ?? 0) + 1 / ((position + 1) / weight + FUSION.k - 1));
    });
  }
  return [...fused]
    .map(([id, score]) => ({ id, score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, asked.limit);
}

function rank(points: VectorPoint[], scoreOf: (point: VectorPoint) => number): { id: string; score: number }[] {
  return points.map((candidate) => ({ id: candidate.id, score: scoreOf(candidate) })).sort((a, b) => b.score - a.score);
}
