import type { Embedder } from '../core/ports/embedder.ts';

/** The bundled model's. */
export const DIMENSION = 512;

/** For measuring the search itself: nothing is embedded. */
export const noEmbedder: Embedder = {
  model: 'bench',
  dimension: DIMENSION,
  open: async () => {},
  embed: async () => [],
  close: async () => {},
};
