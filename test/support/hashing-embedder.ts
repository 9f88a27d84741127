import { AppError } from '../../core/errors.ts';
import type { Embedder } from '../../core/ports/embedder.ts';

export interface HashingEmbedder extends Embedder {
  /** Every text that was embedded, in order. */
  embedded: string[];
  /** While set, the embedder cannot be reached. */
  isDown: boolean;
}

interface HashingOptions {
  model?: string;
  dimension?: number;
  languages?: string[];
  /** What all texts have in common, against 1 for the words of each: cosines of some models are never low. */
  likeness?: number;
}

/** Deterministic vectors without a model: texts that share words are near each other. */
export function createHashingEmbedder(options: HashingOptions = {}): HashingEmbedder {
  const { model = 'hashing', dimension = 64, languages, likeness = 0 } = options;
  const embedder: HashingEmbedder = {
    model,
    dimension,
    ...(languages && { languages }),
    embedded: [],
    isDown: false,
    async open() {
      if (embedder.isDown) throw new AppError('embedding_unavailable', 'The embedder is down.');
    },
    async embed(texts) {
      await embedder.open();
      embedder.embedded.push(...texts);
      return texts.map((text) => embedByHashing(text, dimension, likeness));
    },
    async close() {},
  };
  return embedder;
}

/** Each word adds one to a place of its own; the whole is of unit length. */
export function embedByHashing(text: string, dimension = 64, likeness = 0): Float32Array {
  const vector = new Float32Array(dimension);
  for (const [word] of text.toLowerCase().matchAll(/\w+/g)) {
    const hash = [...word].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) >>> 0, 7);
    vector[hash % dimension] = (vector[hash % dimension] ?? 0) + 1;
  }
  vector[0] = (vector[0] ?? 0) + likeness * Math.hypot(...vector);
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}
