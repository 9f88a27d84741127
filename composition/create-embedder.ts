import type { Config } from '../config.ts';
import type { Embedder } from '../core/ports/embedder.ts';
import type { Logger } from '../core/ports/logger.ts';

/** The adapter is imported when it is chosen, like those of the other parts. */
export async function createEmbedder(config: Config, logger: Logger): Promise<Embedder> {
  if (!config.EMBEDDING_BASE_URL) {
    const { createBundledEmbedder } = await import('../core/adapters/bundled-embedder.ts');
    return createBundledEmbedder({ logger });
  }
  const { createOpenAiEmbedder } = await import('../core/adapters/openai-embedder.ts');
  return createOpenAiEmbedder({
    baseUrl: config.EMBEDDING_BASE_URL,
    apiKey: config.EMBEDDING_API_KEY,
    model: config.EMBEDDING_MODEL ?? '',
    logger,
  });
}
