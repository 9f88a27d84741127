import { setTimeout as sleep } from 'node:timers/promises';
import { APIError } from 'openai';
import { AppError } from '../errors.ts';
import type { Embedder, EmbedOptions } from '../ports/embedder.ts';
import type { Logger } from '../ports/logger.ts';
import { createOpenAiClient } from './openai-client.ts';
import { retryAfterSeconds, toModelError } from './openai-errors.ts';

/** Texts per request: every server we know takes this many, and one request stays below its token limits. */
const BATCH = 64;
/** Longest text sent unless all of it has to be, in characters; beyond some 2,000 tokens most models cut off or refuse. */
const LONGEST_TEXT = 8_000;
/** Where the fault is the text's. */
const TEXT_REFUSED = new Set([400, 413, 422]);
/** Several servers refuse empty text. */
const PLACEHOLDER = '.';
/** Somebody waits for a question: it gets one quick try. */
const QUESTION_TIMEOUT_MS = 2_000;
const PASSAGE_TIMEOUT_MS = 60_000;
const PASSAGE_TRIES = 5;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;

export interface OpenAiEmbedderOptions {
  baseUrl: string;
  apiKey: string | undefined;
  model: string;
  logger: Logger;
  /** How long to wait before another try; tests pass their own. */
  wait?: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** Embeddings of any OpenAI-compatible server. */
export function createOpenAiEmbedder(options: OpenAiEmbedderOptions): Embedder {
  const { model, logger } = options;
  const wait = options.wait ?? ((milliseconds, signal) => sleep(milliseconds, undefined, { signal }));
  // Retries are ours, so that a question can go without.
  const client = createOpenAiClient(options);
  let dimension = 0;

  async function embedBatch(texts: string[], options: EmbedOptions): Promise<Float32Array[]> {
    const { signal, purpose, isWhole = false } = options;
    const isQuestion = purpose === 'question';
    const tries = isQuestion ? 1 : PASSAGE_TRIES;
    for (let attempt = 1; ; attempt++) {
      try {
        const inputs = isWhole ? texts : texts.map((text) => text.slice(0, LONGEST_TEXT));
        return await request(inputs, isQuestion ? QUESTION_TIMEOUT_MS : PASSAGE_TIMEOUT_MS, signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (attempt >= tries || !isWorthAnotherTry(error)) throw toAppError(error, { isWhole });
        logger.debug({ err: error, attempt }, 'embedding again after a pause');
        await wait(pauseBefore(attempt, error), signal);
      }
    }
  }

  async function request(texts: string[], timeout: number, signal: AbortSignal | undefined): Promise<Float32Array[]> {
    const input = texts.map((text) => (text.trim() === '' ? PLACEHOLDER : text));
    // `float`, because the client asks for base64 by default, which other servers do not know.
    const answer = await client.embeddings.create({ model, input, encoding_format: 'float' }, { timeout, signal });
    const vectors: (Float32Array | undefined)[] = texts.map(() => undefined);
    for (const { index, embedding } of answer.data) vectors[index] = toUnitVector(embedding);
    return vectors.map(checked);
  }

  function checked(vector: Float32Array | undefined): Float32Array {
    if (!vector?.length || (dimension > 0 && vector.length !== dimension)) {
      throw new AppError('embedding_unavailable', 'The embedding server answered with vectors that do not fit.');
    }
    return vector;
  }

  return {
    model,
    get dimension() {
      return dimension;
    },
    async open() {
      if (dimension > 0) return;
      const [probe] = await embedBatch(['ready'], { purpose: 'question' });
      dimension = probe?.length ?? 0;
    },
    async embed(texts, embedOptions = {}) {
      const vectors: Float32Array[] = [];
      for (let at = 0; at < texts.length; at += BATCH) {
        vectors.push(...(await embedBatch(texts.slice(at, at + BATCH), embedOptions)));
      }
      return vectors;
    },
    async close() {},
  };
}

function isWorthAnotherTry(error: unknown): boolean {
  if (error instanceof AppError) return false;
  if (!(error instanceof APIError)) return true;
  return error.status === undefined || error.status === 408 || error.status === 429 || error.status >= 500;
}

/** Doubling, with jitter so that several processes do not come back together; the server's own wish goes first. */
function pauseBefore(attempt: number, error: unknown): number {
  const wished = error instanceof APIError ? (retryAfterSeconds(error.headers) ?? 0) * 1000 : 0;
  if (wished > 0) return Math.min(wished, LONGEST_DELAY_MS);
  return Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS) * (0.5 + Math.random() / 2);
}

function toAppError(error: unknown, { isWhole }: { isWhole: boolean }): AppError {
  if (error instanceof AppError) return error;
  const status = error instanceof APIError ? error.status : undefined;
  // Some answer 400 to a key or a model that they do not know: that is no fault of the text.
  const { code } = toModelError(error, { hasStarted: false, timedOut: false });
  if (code === 'model_key_invalid') return unavailable(401, error);
  if (code === 'model_not_found') return unavailable(404, error);
  if (isWhole && status !== undefined && TEXT_REFUSED.has(status)) {
    const message = 'The embedding model did not accept this input. It may be too long.';
    return new AppError('invalid_request', message, { cause: error, field: 'input' });
  }
  return unavailable(status, error);
}

function unavailable(status: number | undefined, cause: unknown): AppError {
  return new AppError('embedding_unavailable', sentenceFor(status), { cause });
}

function sentenceFor(status: number | undefined): string {
  if (status === undefined) return 'The embedding server cannot be reached. Check EMBEDDING_BASE_URL.';
  if (status === 401 || status === 403) return 'The embedding server refuses the key. Check EMBEDDING_API_KEY.';
  if (status === 404) return 'The embedding server does not know the model. Check EMBEDDING_MODEL.';
  return `The embedding server refused the request with status ${status}.`;
}

/** Not every model answers in unit length, and everything here compares by dot product. */
function toUnitVector(values: number[]): Float32Array {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return Float32Array.from(values, (value) => (length === 0 ? 0 : value / length));
}
