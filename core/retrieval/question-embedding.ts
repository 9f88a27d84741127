import type { Embedder } from '../ports/embedder.ts';
import type { Logger } from '../ports/logger.ts';

/** A question waits no longer than this for its meaning; then it is looked up by its words alone. */
const DEADLINE_MS = 1_500;
/** The same questions come again: starters, follow-ups, retries. Two kilobytes each. */
const REMEMBERED = 500;

/** Embeds questions, remembers the latest, and answers null rather than late or not at all. */
export function createQuestionEmbedding({ embedder, logger }: { embedder: Embedder; logger: Logger }) {
  const remembered = new Map<string, Float32Array>();

  function remember(question: string, vector: Float32Array): void {
    remembered.delete(question);
    remembered.set(question, vector);
    const oldest = remembered.keys().next();
    if (remembered.size > REMEMBERED && !oldest.done) remembered.delete(oldest.value);
  }

  return async function embedQuestion(question: string, signal: AbortSignal): Promise<Float32Array | null> {
    const known = remembered.get(question);
    if (known) {
      remember(question, known);
      return known;
    }
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    try {
      const limit = AbortSignal.any([signal, deadline]);
      const [vector] = await embedder.embed([question], { signal: limit, purpose: 'question' });
      if (!vector) return null;
      remember(question, vector);
      return vector;
    } catch (error) {
      signal.throwIfAborted();
      logger.warn({ err: error }, 'a question was looked up by its words alone');
      return null;
    }
  };
}
