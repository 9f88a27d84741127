import type { NewProviderKey } from '../../core/provider-keys/provider-keys.ts';
import { createUsers } from '../../core/users/users.ts';
import { createTestDatabase } from './test-database.ts';
import { createTestOwnKeys, type TestOwnKeysOptions } from './test-own-keys.ts';

export const KEY = 'sk-adas-own-key-8h3k';

/** Somebody with an own key, whose provider is on this machine. */
export async function createTestProviderKeys(options: TestOwnKeysOptions = {}) {
  const database = await createTestDatabase();
  const { db } = database;
  const ada = await createUsers({ db }).createVisitor();
  const { providerKeys } = createTestOwnKeys({ db, allowPrivateHosts: ['127.0.0.1'], ...options });
  return {
    db,
    ada,
    providerKeys,
    put: (more: Partial<NewProviderKey> = {}) =>
      providerKeys.put(ada.id, { apiKey: KEY, baseUrl: null, model: null, ...more }),
    kept: () => db('provider_keys').select(),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
