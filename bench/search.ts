import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createBuiltinVectorStore } from '../core/adapters/builtin-vector-store.ts';
import type { VectorPoint, VectorQuery } from '../core/ports/vector-store.ts';
import { DIMENSION, noEmbedder } from './no-embedder.ts';
import { openSearchLab } from './search-lab.ts';

const EMBEDDING = { model: 'bench', dimension: DIMENSION };
const WORDS_PER_CHUNK = 120;
const VOCABULARY = 50_000;
const SEARCHES = 200;
const WARM_UP = 20;

export interface SearchFigures {
  chunks: number;
  p50_ms: number;
  p95_ms: number;
  /** Words alone. */
  words_p50_ms: number;
  words_p95_ms: number;
  /** Filling the index from PostgreSQL at start. */
  load_ms: number;
  rss_mb: number;
}

/** Searches made-up collections of these sizes in the built-in store. */
export async function benchSearch(sizes: number[]): Promise<SearchFigures[]> {
  const figures: SearchFigures[] = [];
  for (const size of sizes) figures.push(await benchSize(size));
  return figures;
}

async function benchSize(chunks: number): Promise<SearchFigures> {
  const lab = await openSearchLab({ store: 'builtin', embedder: () => noEmbedder });
  try {
    await lab.store.open(EMBEDDING);
    for (let made = 0; made < chunks; made += 1000) {
      await lab.store.upsert(Array.from({ length: Math.min(1000, chunks - made) }, makePoint));
    }
    await lab.store.close();

    const fresh = createBuiltinVectorStore(lab);
    const loadedFrom = performance.now();
    await fresh.open(EMBEDDING);
    const load_ms = performance.now() - loadedFrom;
    const both = await time(() => fresh.search(makeQuery(true)));
    const words = await time(() => fresh.search(makeQuery(false)));
    await fresh.close();
    return {
      chunks,
      ...{ p50_ms: both.p50, p95_ms: both.p95, words_p50_ms: words.p50, words_p95_ms: words.p95 },
      load_ms,
      rss_mb: process.memoryUsage().rss / 1e6,
    };
  } finally {
    await lab.close();
  }
}

async function time(search: () => Promise<unknown>): Promise<{ p50: number; p95: number }> {
  const durations: number[] = [];
  for (let round = 0; round < WARM_UP + SEARCHES; round++) {
    const startedAt = performance.now();
    await search();
    if (round >= WARM_UP) durations.push(performance.now() - startedAt);
  }
  durations.sort((a, b) => a - b);
  const at = (share: number) => durations[Math.floor(share * (durations.length - 1))] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95) };
}

/** Words are as unevenly frequent as in real text. */
function makeTerm(): number {
  return Math.floor(VOCABULARY ** Math.random());
}

function makeTerms(count: number): { indices: number[]; values: number[] } {
  const indices = [...new Set(Array.from({ length: count }, makeTerm))].sort((a, b) => a - b);
  return { indices, values: indices.map(() => 0.5 + Math.random()) };
}

function makeVector(): Float32Array {
  const vector = Float32Array.from({ length: DIMENSION }, () => Math.random() - 0.5);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function makePoint(): VectorPoint {
  return {
    id: randomUUID(),
    documentId: randomUUID(),
    sourceId: randomUUID(),
    audience: [Math.random() < 0.8 ? 'public' : 'discord:1'],
    sparse: makeTerms(WORDS_PER_CHUNK),
    dense: makeVector(),
  };
}

/** A question, the one before and the answer before it. */
function makeQuery(withMeaning: boolean): VectorQuery {
  return { sparse: makeTerms(60), dense: withMeaning ? makeVector() : null, audience: ['public'], limit: 30 };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { sizes: { type: 'string', default: '1000,20000,100000' }, json: { type: 'boolean', default: false } },
  });
  const figures = await benchSearch(values.sizes.split(',').map(Number));
  if (values.json) console.log(JSON.stringify(figures));
  else console.table(figures);
}
