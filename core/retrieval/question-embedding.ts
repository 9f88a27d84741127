import type { Embedder } from '../ports/embedder.ts';
import type { Logger } from '../ports/logger.ts';
import type { WeightedText } from './sparse-encoding.ts';

/** A question waits no longer than this for its meaning; then it is looked up by its words alone. */
const DEADLINE_MS = 1_500;
/** The same texts come again: starters, retries, and each question as the one before the next. Two kilobytes each. */
const REMEMBERED = 1_000;

/**
 * Embeds the turns of a question and adds them up, weighted, to one unit vector. Each turn is embedded on its own, so
 * that in a conversation only the newest one is work. Answers null rather than late or not at all.
 */
export function createQuestionEmbedding({ embedder, logger }: { embedder: Embedder; logger: Logger }) {
  const remembered = new Map<string, Float32Array>();

  function recall(text: string): Float32Array | undefined {
    const vector = remembered.get(text);
    if (vector) remember(text, vector);
    return vector;
  }

  function remember(text: string, vector: Float32Array): void {
    remembered.delete(text);
    remembered.set(text, vector);
    const oldest = remembered.keys().next();
    if (remembered.size > REMEMBERED && !oldest.done) remembered.delete(oldest.value);
  }

  async function embedMissing(texts: string[], signal: AbortSignal): Promise<Map<string, Float32Array>> {
    const known = new Map<string, Float32Array>();
    const missing = texts.filter((text) => {
      const vector = recall(text);
      if (vector) known.set(text, vector);
      return !vector;
    });
    if (missing.length === 0) return known;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
    const vectors = await embedder.embed(missing, { signal: limit, purpose: 'question' });
    for (const [index, text] of missing.entries()) {
      const vector = vectors[index];
      if (!vector) continue;
      known.set(text, vector);
      remember(text, vector);
    }
    return known;
  }

  async function embedQuestion(turns: WeightedText[], signal: AbortSignal): Promise<Float32Array | null> {
    try {
      const texts = [...new Set(turns.map((turn) => turn.text))];
      const vectors = await embedMissing(texts, signal);
      return weightedSum(turns.map(({ text, weight }) => ({ vector: vectors.get(text), weight })));
    } catch (error) {
      signal.throwIfAborted();
      logger.warn({ err: error }, 'a question was looked up by its words alone');
      return null;
    }
  }

  return {
    embedQuestion,
    /** Whether embedding the question is no work. */
    isRemembered: (turns: WeightedText[]): boolean => turns.every((turn) => remembered.has(turn.text)),
  };
}

function weightedSum(parts: { vector: Float32Array | undefined; weight: number }[]): Float32Array | null {
  let sum: Float32Array | null = null;
  for (const { vector, weight } of parts) {
    if (!vector) return null;
    sum ??= new Float32Array(vector.length);
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + weight * (vector[i] ?? 0);
  }
  return sum && toUnitLength(sum);
}

function toUnitLength(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}
