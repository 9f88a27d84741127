import type { Knex } from 'knex';
import { isForeignKeyViolation } from '../db/constraint-violation.ts';
import { AppError } from '../errors.ts';

/** Somebody's key for a provider, as it is kept. */
export interface StoredProviderKey {
  /** New with every key. */
  id: string;
  userId: string;
  provider: string;
  baseUrl: string;
  isOperatorsServer: boolean;
  /** Which of the provider's models; null for the same as everybody's. */
  model: string | null;
  last4: string;
  /** Encrypted. */
  apiKey: string;
  /** Of the key that it is encrypted with. */
  keyId: string;
  updatedAt: Date;
}

interface ProviderKeyRow {
  id: string;
  user_id: string;
  provider: string;
  base_url: string;
  is_operators_server: boolean;
  model: string | null;
  last4: string;
  api_key: string;
  key_id: string;
  updated_at: Date;
}

function toProviderKey(row: ProviderKeyRow): StoredProviderKey {
  return {
    id: row.id,
    userId: row.user_id,
    provider: row.provider,
    baseUrl: row.base_url,
    isOperatorsServer: row.is_operators_server,
    model: row.model,
    last4: row.last4,
    apiKey: row.api_key,
    keyId: row.key_id,
    updatedAt: row.updated_at,
  };
}

export function createProviderKeysRepository(db: Knex) {
  return {
    async findByUser(userId: string): Promise<StoredProviderKey | null> {
      const row = await db('provider_keys').where({ user_id: userId }).first();
      return row ? toProviderKey(row) : null;
    },

    /**
     * In place of the one this person had.
     * @throws AppError `unauthorized` when the person has been erased meanwhile
     */
    async put(key: StoredProviderKey): Promise<void> {
      const row: ProviderKeyRow = {
        id: key.id,
        user_id: key.userId,
        provider: key.provider,
        base_url: key.baseUrl,
        is_operators_server: key.isOperatorsServer,
        model: key.model,
        last4: key.last4,
        api_key: key.apiKey,
        key_id: key.keyId,
        updated_at: key.updatedAt,
      };
      try {
        await db('provider_keys').insert(row).onConflict('user_id').merge();
      } catch (error) {
        if (!isForeignKeyViolation(error)) throw error;
        throw new AppError('unauthorized', 'This person has been erased. Start anew to save a key.', { cause: error });
      }
    },

    /** False when there was none. */
    async delete(userId: string): Promise<boolean> {
      return (await db('provider_keys').where({ user_id: userId }).delete()) > 0;
    },
  };
}
