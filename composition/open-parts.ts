import { fileURLToPath } from 'node:url';
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import type { Notifications } from '../core/db/notifications.ts';
import { createKnowledge } from '../core/knowledge/knowledge.ts';
import { createSafeFetch } from '../core/net/safe-fetch.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Embedder } from '../core/ports/embedder.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { VectorStore } from '../core/ports/vector-store.ts';
import { createChunkIndex } from '../core/retrieval/create-chunk-index.ts';
import { createRetrieval } from '../core/retrieval/create-retrieval.ts';
import { createInstallation } from '../core/retrieval/search-index-state.ts';
import { MICROS_PER_CENT } from '../core/wallet/money.ts';
import { createOperatorCredits, type OperatorCredits } from '../core/wallet/operator-credits.ts';
import { createWallets, type Wallets } from '../core/wallet/wallets.ts';
import { createModels, type Models } from './create-models.ts';
import { type OpenedDatabase, openMigratedDatabase } from './open-database.ts';
import type { DatabaseServer } from './open-database-server.ts';

/** What the server and the command line both need: a migrated database, the documents, the models. */
export interface Parts {
  db: Knex;
  /** The health of the database, how it is reached, and the line over which it tells of other processes. */
  database: Omit<OpenedDatabase, 'db'>;
  clock: Clock;
  store: VectorStore;
  embedder: Embedder;
  models: Models;
  chunkIndex: ReturnType<typeof createChunkIndex>;
  retrieval: ReturnType<typeof createRetrieval>;
  knowledge: ReturnType<typeof createKnowledge>;
  wallets: Wallets;
  operatorCredits: OperatorCredits;
  close(): Promise<void>;
}

export const PROGRAM_FOLDER = fileURLToPath(new URL('..', import.meta.url));

/** Opens everything that works on a database and its documents; closing it closes the database's server and the embedder too. */
export async function openParts(
  config: Config,
  { server, embedder, logger }: { server: DatabaseServer; embedder: Embedder; logger: Logger },
): Promise<Parts> {
  const closers = [server.close, embedder.close];
  const close = async () => {
    for (const closer of closers.reverse().splice(0)) {
      await closer().catch((error) => logger.warn({ err: error }, 'something did not close cleanly'));
    }
  };
  try {
    const clock: Clock = { now: () => new Date() };
    const { db, ...database } = await openMigratedDatabase(config, { server, logger, clock });
    closers.push(() => db.destroy());

    const store = await createStore(config, { db, notifications: database.notifications, logger });
    closers.push(() => store.close());
    const chunkIndex = createChunkIndex({ db, store, embedder, logger });
    closers.push(() => chunkIndex.stop());
    const safeFetch = createSafeFetch({ allowPrivateHosts: config.ALLOW_PRIVATE_HOSTS });
    const wallets = createWallets({
      db,
      clock,
      openingMicros: config.DEFAULT_WALLET_BALANCE_CENTS * MICROS_PER_CENT,
      freeDailyMicros: config.FREE_DAILY_CENTS * MICROS_PER_CENT,
    });
    return {
      db,
      database,
      clock,
      store,
      embedder,
      models: await createModels(config, { db, clock, logger, programFolder: PROGRAM_FOLDER }),
      chunkIndex,
      retrieval: createRetrieval({ db, store, embedder, logger }),
      knowledge: createKnowledge({ db, chunkIndex, safeFetch, clock, logger, programFolder: PROGRAM_FOLDER }),
      wallets,
      operatorCredits: createOperatorCredits({ db, wallets }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

// Adapters are imported when they are chosen: the vendors' packages take longer to load than everything else.

async function createStore(
  config: Config,
  options: { db: Knex; notifications: Notifications; logger: Logger },
): Promise<VectorStore> {
  if (!config.QDRANT_URL) {
    const { createBuiltinVectorStore } = await import('../core/adapters/builtin-vector-store.ts');
    return createBuiltinVectorStore(options);
  }
  const { createQdrantVectorStore } = await import('../core/adapters/qdrant-vector-store.ts');
  return createQdrantVectorStore({
    url: config.QDRANT_URL,
    apiKey: config.QDRANT_API_KEY,
    alias: config.QDRANT_COLLECTION,
    installation: createInstallation(options.db),
    storage: {
      shards: config.QDRANT_SHARDS,
      replicas: config.QDRANT_REPLICAS,
      onDisk: config.QDRANT_ON_DISK && config.QDRANT_ON_DISK === 'on',
      quantization: config.QDRANT_QUANTIZATION,
    },
    logger: options.logger,
  });
}
