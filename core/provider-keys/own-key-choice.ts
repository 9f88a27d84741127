import type { Knex } from 'knex';
import type { Encryption } from '../encryption/encryption.ts';
import { AppError } from '../errors.ts';
import type { ChatModel } from '../ports/chat-model.ts';
import type { ModelProvider } from '../ports/model-provider.ts';
import type { ChooseTurnModel } from '../ports/turn-model.ts';
import { apiKeyOf } from './api-key-column.ts';
import { toOwnKeyError } from './own-key-errors.ts';
import { createOwnKeyModel } from './own-key-model.ts';
import type { OwnKeyModels } from './own-key-models.ts';
import { createProviderKeysRepository, type StoredProviderKey } from './provider-keys-repository.ts';

export interface OwnKeyChoiceOptions {
  db: Knex;
  encryption: Encryption;
  provider: ModelProvider;
  operatorsBaseUrl: string;
  models: Pick<OwnKeyModels, 'nameFor' | 'limitsOf'>;
  /** Where people replace their key. */
  accountUrl: string;
  /** For whoever has no own key. */
  otherwise: ChooseTurnModel;
}

interface OpenedKey {
  /** As it is stored: anything else means another key. */
  encrypted: string;
  model: ChatModel;
}

/** Opening one costs a decryption and a client with its connections. */
const MOST_OPENED = 500;

/**
 * Lets a person's own key answer them, on every platform. Whether there is one is told with every turn and then it is
 * looked up, so that one that was changed or removed anywhere counts from the next turn on. When it fails, the
 * operator's is never used in its place.
 */
export function createOwnKeyChoice(options: OwnKeyChoiceOptions): ChooseTurnModel {
  const { encryption, provider, operatorsBaseUrl, models, otherwise } = options;
  const rows = createProviderKeysRepository(options.db);
  const toError = (error: AppError) => toOwnKeyError(error, options);
  /** By person, longest unused first. */
  const opened = new Map<string, OpenedKey>();

  async function open(row: StoredProviderKey, name: string): Promise<ChatModel> {
    const known = opened.get(row.userId);
    const isSame = known?.encrypted === row.apiKey && known.model.name === name;
    const model = isSame ? known.model : createOwnKeyModel(await connect(row, name), toError);
    opened.delete(row.userId);
    opened.set(row.userId, { encrypted: row.apiKey, model });
    const [oldest] = opened.keys();
    if (opened.size > MOST_OPENED && oldest !== undefined) opened.delete(oldest);
    return model;
  }

  async function connect({ id, apiKey, baseUrl, isOperatorsServer }: StoredProviderKey, name: string) {
    if (isOperatorsServer && baseUrl !== operatorsBaseUrl) throw toError(new AppError('unsafe_address', 'It moved.'));
    const access = { apiKey: readKey(apiKey, apiKeyOf({ id, baseUrl })), baseUrl, isOperatorsServer, model: name };
    return provider.open(access, await models.limitsOf(name));
  }

  function readKey(encrypted: string, associatedData: string): string {
    try {
      return encryption.decrypt(encrypted, associatedData);
    } catch (error) {
      throw error instanceof AppError ? toError(error) : error;
    }
  }

  return async (request) => {
    const { userId, asker } = request.turn;
    const row = asker.hasOwnKey ? await rows.findByUser(userId) : null;
    if (!row) {
      opened.delete(userId);
      return otherwise(request);
    }
    return {
      model: await open(row, await models.nameFor(row, request.turn)),
      payer: 'own_key',
      reason: 'The own model key of whoever asked pays for it.',
    };
  };
}
