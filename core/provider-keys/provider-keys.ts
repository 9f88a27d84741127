import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { type Encryption, keyIdOf } from '../encryption/encryption.ts';
import { AppError } from '../errors.ts';
import { createHostRules } from '../net/address-rules.ts';
import type { Clock } from '../ports/clock.ts';
import type { ModelProvider } from '../ports/model-provider.ts';
import { apiKeyOf } from './api-key-column.ts';
import { parseBaseUrl } from './base-url.ts';
import { checkProviderKey } from './check-provider-key.ts';
import type { OwnKeyModels } from './own-key-models.ts';
import { createProviderKeysRepository, type StoredProviderKey } from './provider-keys-repository.ts';
import { toProviderName } from './provider-name.ts';

export interface ProviderKeysOptions {
  db: Knex;
  clock: Clock;
  encryption: Encryption;
  provider: ModelProvider;
  /** Hosts on private networks that may be reached. */
  allowPrivateHosts: readonly string[];
  /** Where keys are for that come without an address; without a slash at its end. */
  operatorsBaseUrl: string;
  models: Pick<OwnKeyModels, 'usual'>;
}

export interface NewProviderKey {
  apiKey: string;
  baseUrl: string | null;
  model: string | null;
}

/** What is shown of a key. */
export interface ProviderKey {
  provider: string;
  last4: string;
  /** Null for the operator's server. */
  baseUrl: string | null;
  model: string | null;
  updatedAt: Date;
}

const SHOWN_CHARACTERS = 4;

export type ProviderKeys = ReturnType<typeof createProviderKeys>;

/** People's own keys for a provider, with which they pay for their answers. Nobody gets one back out. */
export function createProviderKeys(options: ProviderKeysOptions) {
  const { db, clock, encryption, provider, operatorsBaseUrl, models } = options;
  const rows = createProviderKeysRepository(db);
  const hostRules = createHostRules(options.allowPrivateHosts);

  return {
    /**
     * Keeps a key once its server has taken it, in place of the one before.
     * @throws AppError `invalid_request`, `provider_key_rejected`, `provider_rate_limited`, `provider_unavailable`
     */
    async put(userId: string, { apiKey, baseUrl, model }: NewProviderKey): Promise<ProviderKey> {
      const isOperatorsServer = baseUrl === null;
      const access = {
        apiKey,
        baseUrl: isOperatorsServer ? operatorsBaseUrl : parseBaseUrl(baseUrl, hostRules),
        isOperatorsServer,
      };
      const chosenModel = await checkProviderKey({ access, model, usual: await models.usual(), provider });
      const id = randomUUID();
      const encrypted = encryption.encrypt(apiKey, apiKeyOf({ id, baseUrl: access.baseUrl }));
      const key: StoredProviderKey = {
        id,
        userId,
        provider: toProviderName(access),
        baseUrl: access.baseUrl,
        isOperatorsServer,
        model: chosenModel,
        last4: apiKey.length > SHOWN_CHARACTERS ? apiKey.slice(-SHOWN_CHARACTERS) : '',
        apiKey: encrypted,
        keyId: keyIdOf(encrypted),
        updatedAt: clock.now(),
      };
      await rows.put(key);
      return toProviderKey(key);
    },

    /** @throws AppError `not_found` */
    async get(userId: string): Promise<ProviderKey> {
      const key = await rows.findByUser(userId);
      if (!key) throw noKey();
      return toProviderKey(key);
    },

    /** @throws AppError `not_found` */
    async remove(userId: string): Promise<void> {
      if (!(await rows.delete(userId))) throw noKey();
    },
  };
}

function toProviderKey(key: StoredProviderKey): ProviderKey {
  const { provider, last4, baseUrl, isOperatorsServer, model, updatedAt } = key;
  return { provider, last4, baseUrl: isOperatorsServer ? null : baseUrl, model, updatedAt };
}

function noKey(): AppError {
  return new AppError('not_found', 'There is no own model key. Save one with PUT.');
}
