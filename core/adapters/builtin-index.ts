import type { VectorHit, VectorQuery, VectorSearchResult } from '../ports/vector-store.ts';
import { FUSION, reciprocalRank } from '../retrieval/rank-fusion.ts';
import { createDenseVectors } from './builtin-dense-vectors.ts';
import { createPostings } from './builtin-postings.ts';
import { createTopRanked, type Ranked } from './top-ranked.ts';

/** A point as the index keeps it: typed arrays that it may hold on to. */
export interface IndexPoint {
  id: string;
  audience: string[];
  terms: Uint32Array;
  weights: Float32Array;
  dense: Float32Array | null;
}

/** All points of one collection in memory; searching it is synchronous and touches no disk. */
export function createBuiltinIndex(dimension: number) {
  const slotOf = new Map<string, number>();
  const ids: string[] = [];
  const freeSlots: number[] = [];
  const postings = createPostings();
  const vectors = createDenseVectors(dimension);
  // Few different audiences are shared by many points: each is kept once and checked once per search.
  const audiences: string[][] = [];
  const audienceNumbers = new Map<string, number>();
  const audienceOf: number[] = [];

  function audienceNumber(audience: string[]): number {
    const key = JSON.stringify(audience);
    const known = audienceNumbers.get(key);
    if (known !== undefined) return known;
    const number = audiences.push(audience) - 1;
    audienceNumbers.set(key, number);
    return number;
  }

  const idComesBefore = (a: number, b: number) => (ids[a] as string) < (ids[b] as string);

  function remove(id: string): void {
    const slot = slotOf.get(id);
    if (slot === undefined) return;
    postings.remove(slot);
    vectors.remove(slot);
    slotOf.delete(id);
    freeSlots.push(slot);
  }

  return {
    size: () => slotOf.size,

    put(point: IndexPoint): void {
      remove(point.id);
      const slot = freeSlots.pop() ?? ids.length;
      slotOf.set(point.id, slot);
      ids[slot] = point.id;
      audienceOf[slot] = audienceNumber(point.audience);
      postings.put(slot, point.terms, point.weights);
      vectors.put(slot, point.dense);
    },

    remove,

    search(query: VectorQuery): VectorSearchResult {
      const allowed = audiences.map((audience) => audience.some((entry) => query.audience.includes(entry)));
      const isAllowed = (slot: number) => allowed[audienceOf[slot] as number] === true;

      const lexical = createTopRanked(FUSION.candidates, idComesBefore);
      postings.score(query.sparse, (slot, score) => {
        if (isAllowed(slot)) lexical.offer(slot, score);
      });
      const byWords = lexical.ranked();
      const byMeaning = query.dense
        ? vectors.nearest(query.dense, { limit: FUSION.candidates, isAllowed, comesBefore: idComesBefore })
        : [];
      return {
        hits: fuse(byWords, byMeaning)
          .slice(0, query.limit)
          .map(({ slot, score }) => ({ id: ids[slot] as string, score })) satisfies VectorHit[],
        topLexicalScore: byWords[0]?.score ?? 0,
        topDenseScore: byMeaning[0]?.score ?? 0,
      };
    },
  };

  function fuse(byWords: Ranked[], byMeaning: Ranked[]): Ranked[] {
    const scores = new Map<number, number>();
    const add = (ranking: Ranked[], weight: number) => {
      for (const [position, { slot }] of ranking.entries()) {
        scores.set(slot, (scores.get(slot) ?? 0) + reciprocalRank(position, weight));
      }
    };
    add(byWords, FUSION.lexicalWeight);
    add(byMeaning, FUSION.denseWeight);
    return [...scores]
      .map(([slot, score]) => ({ slot, score }))
      .sort((a, b) => b.score - a.score || (idComesBefore(a.slot, b.slot) ? -1 : 1));
  }
}
