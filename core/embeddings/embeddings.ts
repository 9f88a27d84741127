import { AppError } from '../errors.ts';
import { countTokens } from '../models/count-tokens.ts';
import type { Embedder } from '../ports/embedder.ts';
import { tokensToText } from './token-text.ts';

/** One text, or a text as tokens. */
export type EmbeddingInput = string | number[];

export interface EmbeddingRequest {
  inputs: EmbeddingInput[];
  /** Fewer than the model gives: the first ones, of unit length again. */
  dimensions?: number | undefined;
  signal: AbortSignal;
}

export type Embeddings = ReturnType<typeof createEmbeddings>;

/** Embeddings for programs, by the same model that the documents are found with. */
export function createEmbeddings({ embedder }: { embedder: Embedder }) {
  return {
    model: embedder.model,

    /**
     * One vector of unit length per input, in order, and how many tokens they were.
     * @throws AppError `invalid_request`, `embedding_unavailable`
     */
    async embed({
      inputs,
      dimensions,
      signal,
    }: EmbeddingRequest): Promise<{ vectors: Float32Array[]; tokens: number }> {
      await embedder.open();
      if (dimensions !== undefined && dimensions > embedder.dimension) {
        const message = `dimensions must be at most ${embedder.dimension}, as many as ${embedder.model} gives.`;
        throw new AppError('invalid_request', message, { field: 'dimensions' });
      }
      const texts = inputs.map((input) => (typeof input === 'string' ? input : tokensToText(input)));
      const vectors = await embedder.embed(texts, { signal, purpose: 'passage' });
      const tokens = inputs.reduce(
        (sum, input) => sum + (typeof input === 'string' ? countTokens(input) : input.length),
        0,
      );
      return {
        vectors: dimensions === undefined ? vectors : vectors.map((vector) => shorten(vector, dimensions)),
        tokens,
      };
    },
  };
}

function shorten(vector: Float32Array, dimensions: number): Float32Array {
  const short = vector.slice(0, dimensions);
  const length = Math.hypot(...short);
  return length === 0 ? short : short.map((value) => value / length);
}
