import type { Knex } from 'knex';
import { createOpenAiProvider, type OpenAiProviderOptions } from '../../core/adapters/openai-provider.ts';
import { createEncryption } from '../../core/encryption/encryption.ts';
import type { CatalogueModel } from '../../core/ports/catalogue-model.ts';
import type { ChooseTurnModel } from '../../core/ports/turn-model.ts';
import { createOwnKeyChoice } from '../../core/provider-keys/own-key-choice.ts';
import { createOwnKeyModels } from '../../core/provider-keys/own-key-models.ts';
import { createProviderKeys } from '../../core/provider-keys/provider-keys.ts';
import { modelLimits } from './model-limits.ts';
import { createSilentLogger } from './silent-logger.ts';
import { systemClock } from './test-turns.ts';

export interface TestOwnKeysOptions {
  /** Where the stand-ins of providers are: they are on this machine. */
  allowPrivateHosts?: string[];
  operatorsBaseUrl?: string;
  usualModel?: string;
  catalogue?: CatalogueModel[];
  encryptionKeys?: Buffer[];
  lookup?: OpenAiProviderOptions['lookup'];
}

export const accountUrl = 'https://parley.example/account';

/** People's own keys on a real database, with the real client of their providers. */
export function createTestOwnKeys({ db, ...options }: TestOwnKeysOptions & { db: Knex }) {
  const { allowPrivateHosts = [], operatorsBaseUrl = 'https://models.example/v1', usualModel = 'fake' } = options;
  const shared = {
    db,
    clock: systemClock,
    encryption: createEncryption({ keys: options.encryptionKeys ?? [Buffer.alloc(32, 7)] }),
    provider: createOpenAiProvider({
      allowPrivateHosts,
      operatorsBaseUrl,
      ...(options.lookup && { lookup: options.lookup }),
      toModelOptions: () => ({ ...modelLimits, maxRetries: 0, logger: createSilentLogger() }),
    }),
    allowPrivateHosts,
    operatorsBaseUrl,
    models: createOwnKeyModels({
      catalogue: { read: async () => ({ version: 'v1', models: options.catalogue ?? [] }) },
      usualModel,
    }),
  };
  return {
    providerKeys: createProviderKeys(shared),
    chooseModel: (otherwise: ChooseTurnModel) => createOwnKeyChoice({ ...shared, accountUrl, otherwise }),
  };
}
