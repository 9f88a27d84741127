import type { Embedder } from '../ports/embedder.ts';
import type { Logger } from '../ports/logger.ts';
import type { VectorStore } from '../ports/vector-store.ts';
import { UNRELATED_QUESTIONS } from './unrelated-questions.ts';

/** How long a measurement holds: a collection changes slowly as a whole. */
const REFRESH_MS = 600_000;
/** Audiences whose measurement is kept. */
const MOST_AUDIENCES = 100;
/** Of so many of the documents' languages questions are asked. */
const MOST_LANGUAGES = 2;
/** Some of the questions may be answered after all: the nearest quarter does not count. */
const QUANTILE = 0.75;
/** While it cannot be measured. */
const USUAL = 0.45;

/**
 * Measures how near the passages are to questions that they do not answer. That differs by model, by language (what a
 * model does not know looks alike to it) and by size (among more passages, one is nearer by chance), so that no cosine
 * means the same everywhere.
 */
export function createUnrelatedNearness(options: {
  store: VectorStore;
  embedder: Embedder;
  logger: Logger;
  documentLanguages: () => Promise<string[]>;
}) {
  const { store, embedder, logger, documentLanguages } = options;
  const measured = new Map<string, { at: number; nearness: Promise<number> }>();
  const vectors = new Map<string, Promise<Float32Array[]>>();

  /** The questions never change: they are embedded once. */
  function vectorsOf(language: string): Promise<Float32Array[]> {
    const known = vectors.get(language);
    if (known) return known;
    const embedded = embedder.embed([...(UNRELATED_QUESTIONS[language] ?? [])], { purpose: 'question' });
    embedded.catch(() => vectors.delete(language));
    vectors.set(language, embedded);
    return embedded;
  }

  async function measure(audience: readonly string[]): Promise<number> {
    const known = (await documentLanguages()).filter((language) => language in UNRELATED_QUESTIONS);
    const asked = known.filter((language) => embedder.languages?.includes(language) ?? true).slice(0, MOST_LANGUAGES);
    const questions = (await Promise.all((asked.length > 0 ? asked : ['en']).map(vectorsOf))).flat();
    const sparse = { indices: [], values: [] };
    const nearest: number[] = [];
    // One after the other: nobody waits for all of them at once in the store.
    for (const dense of questions) {
      nearest.push((await store.search({ sparse, dense, audience, limit: 1 })).topDenseScore);
    }
    return nearest.toSorted((a, b) => a - b)[Math.floor(QUANTILE * (nearest.length - 1))] ?? USUAL;
  }

  /** The cosine up to which a passage is no nearer than to an unrelated question, for one audience. */
  return function unrelatedNearness(audience: readonly string[]): Promise<number> {
    const key = audience.join(' ');
    const known = measured.get(key);
    if (known && performance.now() - known.at < REFRESH_MS) return known.nearness;
    const nearness = measure(audience).catch((error) => {
      measured.delete(key);
      logger.debug({ err: error }, 'could not measure how near unrelated questions are');
      return USUAL;
    });
    measured.delete(key);
    measured.set(key, { at: performance.now(), nearness });
    const [oldest] = measured.size > MOST_AUDIENCES ? measured.keys() : [];
    if (oldest !== undefined) measured.delete(oldest);
    return nearness;
  };
}
