import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Knex } from 'knex';
import { createBuiltinVectorStore } from '../core/adapters/builtin-vector-store.ts';
import { createQdrantVectorStore } from '../core/adapters/qdrant-vector-store.ts';
import { migrate, openDatabase } from '../core/db/database.ts';
import { readDatabaseAddress } from '../core/db/database-address.ts';
import { startEmbeddedPostgres } from '../core/db/embedded-postgres.ts';
import { createNotifications, type Notifications } from '../core/db/notifications.ts';
import type { Embedder } from '../core/ports/embedder.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { VectorStore } from '../core/ports/vector-store.ts';
import type { ChunkIndex } from '../core/retrieval/chunk-index.ts';
import { createInstallation } from '../core/retrieval/search-index-state.ts';

export type StoreName = 'builtin' | 'qdrant';

export interface SearchLab {
  db: Knex;
  notifications: Notifications;
  store: VectorStore;
  embedder: Embedder;
  logger: Logger;
  close(): Promise<void>;
}

const logger: Logger = {
  debug() {},
  info() {},
  warn: (fields, message) => console.error(message, fields),
  error: (fields, message) => console.error(message, fields),
  child: () => logger,
};

/** Everything a search needs, as Parley runs it, on a database that is thrown away afterwards. */
export async function openSearchLab(options: {
  store: StoreName;
  embedder: (needs: { logger: Logger }) => Embedder;
}): Promise<SearchLab> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'parley-lab-'));
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false });
  const db = openDatabase(postgres.url);
  await migrate(db);
  const notifications = createNotifications({ address: readDatabaseAddress(postgres.url), logger });
  const qdrant = {
    // Of all settings only these two matter here, and they are called as in the program.
    url: process.env.QDRANT_URL ?? 'http://127.0.0.1:6333',
    apiKey: process.env.QDRANT_API_KEY,
    // A collection of its own: measuring never touches what people search.
    alias: `parley-lab-${randomUUID()}`,
    installation: createInstallation(db),
    logger,
  };
  const store =
    options.store === 'builtin'
      ? createBuiltinVectorStore({ db, notifications, logger })
      : createQdrantVectorStore(qdrant);
  const embedder = options.embedder({ logger });
  return {
    db,
    notifications,
    store,
    embedder,
    logger,
    async close() {
      if (options.store === 'qdrant') {
        const collection = store.generation();
        const headers: Record<string, string> = qdrant.apiKey ? { 'api-key': qdrant.apiKey } : {};
        await fetch(`${qdrant.url}/collections/${collection}`, { method: 'DELETE', headers });
      }
      await embedder.close();
      await store.close();
      await db.destroy();
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export interface LabDocument {
  id: string;
  title: string;
  text: string;
}

/**
 * Stores each text as a document of one chunk and makes it findable by its words.
 * @returns the text's id by document id
 */
export async function fillDocuments(db: Knex, index: ChunkIndex, texts: LabDocument[]): Promise<Map<string, string>> {
  const source = { id: randomUUID(), audience: ['public'] };
  await db('sources').insert({ ...source, kind: 'text', location: 'lab', title: 'lab' });
  const textOf = new Map<string, string>();
  for (let at = 0; at < texts.length; at += 500) {
    const documents = texts
      .slice(at, at + 500)
      .map((text) => ({ ...text, documentId: randomUUID(), id: randomUUID(), textId: text.id }));
    for (const { documentId, textId } of documents) textOf.set(documentId, textId);
    await db('documents').insert(
      documents.map(({ documentId, title, textId }) => ({
        id: documentId,
        source_id: source.id,
        location: textId,
        title,
        content_hash: '',
        language: 'en',
      })),
    );
    await db('chunks').insert(
      documents.map(({ id, documentId, text }) => ({
        id,
        document_id: documentId,
        source_id: source.id,
        position: 0,
        headings: [],
        text,
      })),
    );
    await index.add(
      documents.map(({ id, documentId, title, text }) => ({
        ...{ id, documentId, title, text, sourceId: source.id, audience: source.audience },
        headings: [],
        language: 'en',
      })),
    );
  }
  return textOf;
}
