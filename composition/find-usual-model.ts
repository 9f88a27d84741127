import { z } from 'zod';
import type { Config } from '../config.ts';
import type { Catalogue } from '../core/models/catalogue.ts';
import type { Logger } from '../core/ports/logger.ts';
import { AUTO } from '../core/routing/fixed-model.ts';

/** A server on the same network answers in milliseconds; a start waits no longer for one that does not. */
const LIST_MS = 1500;
/** Models that write no answers, by what they are usually called. */
const WRITES_NOTHING = /embed|rerank|whisper|tts|transcri|moderation|image|vision-encoder/i;

interface UsualModelOptions {
  catalogue: Pick<Catalogue, 'read'>;
  /** Whether the table is one of the operator's making. */
  isOwnTable: boolean;
  logger: Logger;
}

const modelList = z.object({ data: z.array(z.object({ id: z.string().min(1) })) });

/**
 * The model that answers where no place and no person has fixed one. A server such as Ollama seldom has a model of the
 * table: where the operator has neither named one nor made a table, it is the first that the server lists.
 */
export async function findUsualModel(
  config: Config,
  { catalogue, isOwnTable, logger }: UsualModelOptions,
): Promise<string> {
  const { OPENAI_BASE_URL: baseUrl, CHAT_MODEL } = config;
  if (config.isModelChosen || isOwnTable || baseUrl === undefined || new URL(baseUrl).hostname === 'api.openai.com')
    return CHAT_MODEL;
  // Money needs a price, and only the table has prices.
  if (config.BILLING !== 'off') return CHAT_MODEL;
  const listed = await listModels(baseUrl, config.OPENAI_API_KEY).catch((error): string[] => {
    logger.debug({ err: error }, 'the model server does not list its models');
    return [];
  });
  const version = await catalogue.read().catch(() => null);
  if (
    version?.models.some(({ server, upstreamName }) => server === 'OPENAI_BASE_URL' && listed.includes(upstreamName))
  ) {
    return AUTO;
  }
  return listed.find((id) => !WRITES_NOTHING.test(id)) ?? AUTO;
}

async function listModels(baseUrl: string, apiKey: string | undefined): Promise<string[]> {
  const response = await fetch(`${baseUrl}/models`, {
    headers: new Headers(apiKey === undefined ? [] : [['authorization', `Bearer ${apiKey}`]]),
    signal: AbortSignal.timeout(LIST_MS),
  });
  return modelList.parse(await response.json()).data.map(({ id }) => id);
}
