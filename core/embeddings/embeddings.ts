import type { UsedKey } from '../api-keys/key-caps.ts';
import { AppError } from '../errors.ts';
import { countTokens } from '../models/count-tokens.ts';
import type { Embedder } from '../ports/embedder.ts';
import type { AnswerPayments } from '../wallet/answer-payments.ts';
import { tokensToText } from './token-text.ts';

/** One text, or a text as tokens. */
export type EmbeddingInput = string | number[];

export interface EmbeddingRequest {
  inputs: EmbeddingInput[];
  /** Fewer than the model gives: the first ones, of unit length again. */
  dimensions?: number | undefined;
  /** Who asks, and pays. */
  asker: { userId: string; apiKey: UsedKey | undefined };
  signal: AbortSignal;
}

export interface EmbeddingsOptions {
  embedder: Embedder;
  payments: Pick<AnswerPayments, 'begin' | 'settle' | 'settleCall' | 'toSpending'>;
  /** Set where the model runs on the operator's own machine; elsewhere its price is that of its row in the catalogue. */
  costsNothing: boolean;
}

export type Embeddings = ReturnType<typeof createEmbeddings>;

/** Embeddings for programs, by the same model that the documents are found with. */
export function createEmbeddings({ embedder, payments, costsNothing }: EmbeddingsOptions) {
  /** Holds what it costs, and charges it once there is something to show for it. */
  async function paid<Result>(
    { asker: { userId, apiKey }, signal }: EmbeddingRequest,
    tokens: number,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const payment = await payments.begin({
      userId,
      turnId: null,
      attempts: 1,
      isPrivate: true,
      payer: 'operator',
      modelId: embedder.model,
      apiKey,
      costsNothing,
      inputTokens: { most: tokens, careful: () => tokens },
      maxOutputTokens: 0,
      signal,
    });
    const result = await work().catch(async (error) => {
      await payments.settle(payment, null);
      throw error;
    });
    const usage = { inputTokens: tokens, outputTokens: 0 };
    const spending = payments.toSpending(payment, usage, { modelId: embedder.model, price: payment.price });
    await payments.settleCall(payment, spending, {
      turnId: null,
      userId,
      platform: 'api',
      space: null,
      apiKeyId: apiKey?.id,
    });
    return result;
  }

  return {
    model: embedder.model,

    /**
     * One vector of unit length per input, in order, and how many tokens they were.
     * @throws AppError `invalid_request`, `embedding_unavailable`, `balance_too_low`, `key_cap_reached`,
     * `model_price_unknown`
     */
    async embed(request: EmbeddingRequest): Promise<{ vectors: Float32Array[]; tokens: number }> {
      const { inputs, dimensions, signal } = request;
      await embedder.open();
      if (dimensions !== undefined && dimensions > embedder.dimension) {
        const message = `dimensions must be at most ${embedder.dimension}, as many as ${embedder.model} gives.`;
        throw new AppError('invalid_request', message, { field: 'dimensions' });
      }
      const texts = inputs.map((input) => (typeof input === 'string' ? input : tokensToText(input)));
      const tokens = inputs.reduce(
        (sum, input) => sum + (typeof input === 'string' ? countTokens(input) : input.length),
        0,
      );
      const vectors = await paid(request, tokens, () =>
        embedder.embed(texts, { signal, purpose: 'passage', isWhole: true }),
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
