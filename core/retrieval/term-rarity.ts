import { setImmediate as nextTick } from 'node:timers/promises';
import type { Knex } from 'knex';
import { sampleChunks } from './chunks-repository.ts';
import { queryTermsOf } from './sparse-encoding.ts';
import { stem } from './stem.ts';
import { tokenize } from './tokenize.ts';

/** Enough to tell a name from a common word; more would only take longer. */
const SAMPLE = 500;
/** Texts read between two turns of the event loop. */
const AT_ONCE = 50;
const REFRESH_MS = 600_000;
/** How much a collection may grow or shrink before it is looked at again. */
const SAME_SIZE = 0.02;

/**
 * How much a word says among the documents: 1 for one that a single passage has, towards 0 for one that all of them
 * have, null for one that none has.
 */
export type RarityOf = (word: string, languages: readonly string[]) => number | null;

interface Counted {
  at: number;
  chunkCount: number;
  rarityOf: RarityOf;
}

/** Learns from a sample of the passages how frequent words are in them; whoever asks waits for the first look. */
export function createTermRarity({ db }: { db: Knex }) {
  let counted: Promise<Counted> | null = null;

  return async function rarityAmong(chunkCount: number): Promise<RarityOf> {
    const known = await counted?.catch(() => null);
    if (known && isCurrent(known, chunkCount)) return known.rarityOf;
    const fresh = countTerms(db, chunkCount);
    counted = fresh;
    fresh.catch(() => {
      if (counted === fresh) counted = null;
    });
    return (await fresh).rarityOf;
  };
}

function isCurrent(counted: Counted, chunkCount: number): boolean {
  const change = Math.abs(counted.chunkCount - chunkCount) / Math.max(1, chunkCount);
  return change <= SAME_SIZE && performance.now() - counted.at < REFRESH_MS;
}

async function countTerms(db: Knex, chunkCount: number): Promise<Counted> {
  const sample = await sampleChunks(db, SAMPLE);
  const counts = new Map<string, number>();
  for (const [index, { title, headings, text, language }] of sample.entries()) {
    for (const word of new Set(tokenize([title, ...headings, text].join('\n'), language))) {
      const term = stem(word, language);
      if (term !== null) counts.set(term, (counts.get(term) ?? 0) + 1);
    }
    if (index % AT_ONCE === AT_ONCE - 1) await nextTick();
  }
  return { at: performance.now(), chunkCount, rarityOf: rarityIn(counts, sample.length, sample.length < SAMPLE) };
}

function rarityIn(counts: Map<string, number>, size: number, isWhole: boolean): RarityOf {
  const idf = (count: number) => Math.log(1 + (size - count + 0.5) / (count + 0.5));
  const rarest = Math.max(idf(1), 0.1);
  return (word, languages) => {
    const terms = queryTermsOf(word, languages).flatMap((each) => [...each.keys()]);
    if (terms.length === 0) return null;
    const count = Math.max(...terms.map((term) => counts.get(term) ?? 0));
    // What a sample does not have may be anywhere in the rest.
    if (count === 0) return isWhole ? null : 1;
    return Math.min(1, idf(count) / rarest);
  };
}
