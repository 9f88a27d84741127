import type { Config } from '../config.ts';
import type { Catalogue } from '../core/models/catalogue.ts';
import { findListedName, writesAnswers } from '../core/models/listed-name.ts';
import type { CatalogueModel } from '../core/ports/catalogue-model.ts';
import type { ModelLists } from '../core/ports/model-lists.ts';
import { AUTO } from '../core/routing/fixed-model.ts';

interface UsualModelOptions {
  catalogue: Pick<Catalogue, 'read'>;
  /** Whether the table is one of the operator's making. */
  isOwnTable: boolean;
  lists: ModelLists;
}

/**
 * The model that answers where no place and no person has fixed one. A server such as Ollama seldom has a model of the
 * table: where the operator has neither named one nor made a table, it is the first that the server lists.
 */
export async function findUsualModel(
  config: Config,
  { catalogue, isOwnTable, lists }: UsualModelOptions,
): Promise<string> {
  const { OPENAI_BASE_URL: baseUrl, CHAT_MODEL } = config;
  if (config.isModelChosen || isOwnTable || baseUrl === undefined || new URL(baseUrl).hostname === 'api.openai.com')
    return CHAT_MODEL;
  // Money needs a price, and only the table has prices.
  if (config.BILLING !== 'off') return CHAT_MODEL;
  const listed = (await lists.find({ baseUrl, apiKey: config.OPENAI_API_KEY })) ?? [];
  const version = await catalogue.read().catch(() => null);
  const isOfTable = ({ server, upstreamName }: CatalogueModel) =>
    server === 'OPENAI_BASE_URL' && findListedName(upstreamName, listed, { isExact: false }) !== null;
  if (version?.models.some(isOfTable)) return AUTO;
  return listed.find(writesAnswers) ?? AUTO;
}
