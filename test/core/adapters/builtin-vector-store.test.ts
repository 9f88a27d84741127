import { createBuiltinVectorStore } from '../../../core/adapters/builtin-vector-store.ts';
import { describeVectorStore } from '../../contracts/vector-store-contract.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { createTestNotifications } from '../../support/test-notifications.ts';

describeVectorStore('the built-in vector store', async () => {
  const { db, url, ...database } = await createTestDatabase();
  const create = () =>
    createBuiltinVectorStore({ db, notifications: createTestNotifications(url), logger: createSilentLogger() });
  const store = create();
  return {
    store,
    createSecond: create,
    async [Symbol.asyncDispose]() {
      await store.close();
      await database[Symbol.asyncDispose]();
    },
  };
});
