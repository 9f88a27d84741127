import { setImmediate as nextTick } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { SparseVector } from '../ports/vector-store.ts';
import { sampleChunks } from './chunks-repository.ts';
import { encodeDocument } from './sparse-encoding.ts';

/** Enough to tell rare words from common ones; more would only take longer. */
const SAMPLE = 2_000;
/** Texts read between two turns of the event loop. */
const AT_ONCE = 50;
const REFRESH_MS = 600_000;
/** How much a collection may grow or shrink before it is looked at again. */
const SAME_SIZE = 0.02;

interface Counted {
  at: number;
  chunkCount: number;
  counts: Map<number, number>;
  sampled: number;
}

/**
 * BM25 of a query and one passage, by how rare words are in the documents themselves. Servers count that in ways of
 * their own (each shard by itself, deleted points too until a segment is loaded anew), and the same question would be
 * answered or not by that.
 */
export function createLexicalScore({ db }: { db: Knex }) {
  let counted: Promise<Counted> | null = null;

  async function count(chunkCount: number): Promise<Counted> {
    const known = await counted?.catch(() => null);
    if (known && isCurrent(known, chunkCount)) return known;
    counted = countTerms(db, chunkCount);
    return counted;
  }

  return async function lexicalScore(query: SparseVector, passage: SparseVector, chunkCount: number): Promise<number> {
    const { counts, sampled } = await count(chunkCount);
    const weights = new Map(passage.indices.map((term, at) => [term, passage.values[at] ?? 0]));
    return query.indices.reduce((sum, term, at) => {
      const weight = weights.get(term) ?? 0;
      if (weight === 0) return sum;
      return sum + (query.values[at] ?? 0) * weight * idf(counts.get(term) ?? 0, sampled, chunkCount);
    }, 0);
  };
}

function isCurrent(counted: Counted, chunkCount: number): boolean {
  const change = Math.abs(counted.chunkCount - chunkCount) / Math.max(1, chunkCount);
  return change <= SAME_SIZE && performance.now() - counted.at < REFRESH_MS;
}

async function countTerms(db: Knex, chunkCount: number): Promise<Counted> {
  const counts = new Map<number, number>();
  const sample = await sampleChunks(db, SAMPLE);
  for (const [index, chunk] of sample.entries()) {
    for (const term of encodeDocument(chunk).indices) counts.set(term, (counts.get(term) ?? 0) + 1);
    if (index % AT_ONCE === AT_ONCE - 1) await nextTick();
  }
  return { at: performance.now(), chunkCount, counts, sampled: sample.length };
}

/** The passage has the term, so there is one at least; what a sample does not have is rarer than one in it. */
function idf(found: number, sampled: number, chunkCount: number): number {
  const share = sampled < SAMPLE ? 1 : Math.max(1, chunkCount / sampled);
  const all = sampled < SAMPLE ? sampled : Math.max(chunkCount, sampled);
  const having = Math.min(all, Math.max(1, (found || 0.5) * share));
  return Math.log(1 + (all - having + 0.5) / (having + 0.5));
}
