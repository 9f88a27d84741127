import { QdrantClient } from '@qdrant/js-client-rest';
import type { Logger } from '../ports/logger.ts';
import type { VectorPoint, VectorStore } from '../ports/vector-store.ts';
import {
  collectionName,
  DENSE,
  type Embedding,
  ensureCollection,
  findAliased,
  hasCollection,
  pointAlias,
  SPARSE,
} from './qdrant-collections.ts';
import { reachingQdrant, statusOf } from './qdrant-errors.ts';
import { createQdrantSearch } from './qdrant-search.ts';

/** Points per request: about a megabyte of JSON. */
const BATCH = 100;
/** Somebody waits for a search; a write of many points may take its time. */
const SEARCH_TIMEOUT_MS = 3_000;
const WRITE_TIMEOUT_MS = 60_000;
/** How often a process that waits for another one's rebuild looks whether it is done. */
const LOOK_AGAIN_MS = 15_000;

export interface QdrantOptions {
  url: string;
  apiKey: string | undefined;
  /** What searches address; the collections behind it are named after it. */
  alias: string;
  logger: Logger;
}

/** Points in Qdrant, behind an alias; filtering, idf and fusion happen on the server. */
export function createQdrantVectorStore(options: QdrantOptions): VectorStore {
  const { alias, logger } = options;
  const searching = connect(options, SEARCH_TIMEOUT_MS);
  const writing = connect(options, WRITE_TIMEOUT_MS);
  const search = createQdrantSearch({ client: searching, collection: () => address, logger });
  let embedding: Embedding | null = null;
  let active: string | null = null;
  /** What points are written to and searched in: the alias, where the server knows aliases. */
  let address = alias;
  let lookedAt = 0;

  /** Whether the collection behind the alias holds vectors of the present model. */
  function isFitting(): boolean {
    if (!embedding || embedding.dimension === null || !active) return false;
    const wanted = collectionName(alias, embedding);
    return active === wanted || active === successorOf(wanted);
  }

  async function lookAgain(): Promise<void> {
    active = await findAliased(searching, alias);
    lookedAt = Date.now();
  }

  async function upsertInto(collection: string, points: VectorPoint[], withDense: boolean): Promise<void> {
    for (let at = 0; at < points.length; at += BATCH) {
      const batch = points.slice(at, at + BATCH).map((point) => toQdrantPoint(point, withDense));
      await writing.upsert(collection, { wait: true, points: batch });
    }
  }

  return {
    async open(wanted) {
      return reachingQdrant(async () => {
        embedding = wanted;
        await lookAgain();
        if (active === null) {
          active = collectionName(alias, wanted);
          await ensureCollection(writing, active, wanted.dimension);
          address = await pointAlias(writing, alias, active, false);
        }
        return wanted.dimension === null || isFitting() ? 'ready' : 'stale';
      });
    },

    async upsert(points) {
      await reachingQdrant(() => upsertInto(address, points, isFitting()));
    },

    async remove(ids) {
      for (let at = 0; at < ids.length; at += BATCH) {
        const batch = ids.slice(at, at + BATCH);
        await reachingQdrant(() => writing.delete(address, { wait: true, points: batch }));
      }
    },

    async search(query) {
      return reachingQdrant(async () => {
        if (!isFitting() && Date.now() - lookedAt > LOOK_AGAIN_MS) await lookAgain();
        if (!isFitting() || !query.dense) return search({ ...query, dense: null });
        try {
          return await search(query);
        } catch (error) {
          // Another process has swapped in a collection for another model: words still mean the same there.
          if (statusOf(error) !== 400) throw error;
          await lookAgain();
          if (isFitting()) throw error;
          return search({ ...query, dense: null });
        }
      });
    },

    async rebuild(batches) {
      await reachingQdrant(async () => {
        if (!embedding) throw new Error('open() comes before rebuild()');
        const { dimension } = embedding;
        const previous = await findAliased(writing, alias);
        const wanted = collectionName(alias, embedding);
        const next = previous === wanted ? successorOf(wanted) : wanted;
        // What an interrupted rebuild left behind.
        if (await hasCollection(writing, next)) await writing.deleteCollection(next);
        await ensureCollection(writing, next, dimension);
        for await (const points of batches) await upsertInto(next, points, dimension !== null);
        address = await pointAlias(writing, alias, next, previous !== null);
        active = next;
        if (previous) await writing.deleteCollection(previous);
      });
    },

    async count() {
      return reachingQdrant(async () => (await searching.count(address, { exact: true })).count);
    },

    async check() {
      await reachingQdrant(() => searching.count(address, { exact: false }));
    },

    async close() {},
  };
}

/** Rebuilding for the same model alternates between two names. */
function successorOf(name: string): string {
  return `${name}_b`;
}

/**
 * The client drops a path from its `url` and turns default ports into 6333, so it gets the parts. It would also ask
 * for the server's version first, which says nothing that a failing request does not.
 */
function connect({ url, apiKey }: QdrantOptions, timeout: number): QdrantClient {
  const { hostname, port, protocol, pathname } = new URL(url);
  const https = protocol === 'https:';
  return new QdrantClient({
    host: hostname,
    port: port === '' ? (https ? 443 : 80) : Number(port),
    https,
    ...(pathname === '/' ? {} : { prefix: pathname.replace(/\/$/, '') }),
    ...(apiKey ? { apiKey } : {}),
    timeout,
    checkCompatibility: false,
  });
}

function toQdrantPoint(point: VectorPoint, withDense: boolean) {
  return {
    id: point.id,
    vector: {
      ...(point.sparse.indices.length > 0 ? { [SPARSE]: point.sparse } : {}),
      ...(withDense && point.dense ? { [DENSE]: [...point.dense] } : {}),
    },
    payload: { audience: point.audience, source_id: point.sourceId, document_id: point.documentId },
  };
}
