import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import type { Encryption } from '../core/encryption/encryption.ts';
import type { Catalogue } from '../core/models/catalogue.ts';
import type { OfferedModels } from '../core/models/offered-models.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { ModelProvider } from '../core/ports/model-provider.ts';
import type { ChooseTurnModel } from '../core/ports/turn-model.ts';
import { createOwnKeyChoice } from '../core/provider-keys/own-key-choice.ts';
import { createOwnKeyModels } from '../core/provider-keys/own-key-models.ts';
import { createProviderKeys } from '../core/provider-keys/provider-keys.ts';
import { requireOwnKey } from '../core/provider-keys/require-own-key.ts';
import { operatorsBaseUrl, toModelOptions } from './model-settings.ts';

interface OwnKeysParts {
  db: Knex;
  clock: Clock;
  encryption: Encryption;
  catalogue: Catalogue;
  offered: OfferedModels;
  logger: Logger;
}

/** People's own model keys: saving them, and answering with them. */
export function createOwnKeys(config: Config, parts: OwnKeysParts) {
  const options = {
    ...parts,
    provider: createProvider(config, parts.logger),
    allowPrivateHosts: config.ALLOW_PRIVATE_HOSTS,
    operatorsBaseUrl: operatorsBaseUrl(config),
    models: createOwnKeyModels({
      catalogue: parts.catalogue,
      offered: parts.offered,
      usualModel: config.CHAT_MODEL,
    }),
  };
  const accountUrl = `${config.PUBLIC_URL}/account`;
  return {
    providerKeys: createProviderKeys(options),
    chooseModel: (operators: ChooseTurnModel) =>
      createOwnKeyChoice({
        ...options,
        accountUrl,
        otherwise: config.OPENAI_API_KEY === undefined ? requireOwnKey(operators, { accountUrl }) : operators,
      }),
  };
}

/** The vendor's package takes a while to load, and where nobody has a key it is not needed. */
function createProvider(config: Config, logger: Logger): ModelProvider {
  let loading: Promise<ModelProvider> | null = null;
  const load = async () => {
    const { createOpenAiProvider } = await import('../core/adapters/openai-provider.ts');
    return createOpenAiProvider({
      allowPrivateHosts: config.ALLOW_PRIVATE_HOSTS,
      operatorsBaseUrl: operatorsBaseUrl(config),
      toModelOptions: (baseUrl) => toModelOptions(config, { baseUrl, logger }),
    });
  };
  const loaded = () => (loading ??= load());
  return {
    listModels: async (access) => (await loaded()).listModels(access),
    open: async (access) => (await loaded()).open(access),
  };
}
