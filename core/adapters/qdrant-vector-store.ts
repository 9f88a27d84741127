import { randomUUID } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { VectorPoint, VectorStore } from '../ports/vector-store.ts';
import type { Installation } from '../retrieval/search-index-state.ts';
import {
  type CollectionNames,
  createCollection,
  createCollectionNames,
  type Embedding,
  ensurePayloadIndexes,
  findAliased,
  findMisfit,
  inspectCollection,
  isGone,
  isNameTaken,
  listOurs,
  pointAlias,
  samplePoints,
} from './qdrant-collections.ts';
import { reachingQdrant } from './qdrant-errors.ts';
import { setAudienceOfSource, toQdrantPoint, upsertInBatches } from './qdrant-points.ts';
import { createQdrantSearch, MOST_HITS } from './qdrant-search.ts';
import { createQdrantServers } from './qdrant-servers.ts';
import { type CollectionInfo, limitsOf, type QdrantStorage, storageChanges, storageFor } from './qdrant-storage.ts';

/** Points per request: about a megabyte of JSON. */
const BATCH = 100;
const USUAL_LIMITS = { points: BATCH, hits: MOST_HITS };

export interface QdrantOptions {
  /** One address, or several of the same cluster, separated by commas. */
  url: string;
  apiKey: string | undefined;
  /** What operators see; the collections behind it are named after it. */
  alias: string;
  installation: Installation;
  storage?: QdrantStorage;
  logger: Logger;
  /** For the time that a silent address is left alone, in milliseconds. */
  now?: () => number;
}

interface ActiveCollection {
  name: string;
  info: CollectionInfo;
  /** Why it cannot be used as it is. */
  misfit: string | null;
}

/**
 * Points in Qdrant, behind an alias; filtering, idf and fusion happen on the server. Points are always addressed by
 * the collection, never by the alias: what was meant for one that has been replaced then fails, instead of landing
 * among the vectors of another model.
 */
export function createQdrantVectorStore(options: QdrantOptions): VectorStore {
  const { alias, installation, storage = {}, logger } = options;
  const servers = createQdrantServers(options);
  const search = createQdrantSearch({ servers, logger });
  let embedding: Embedding | null = null;
  let active: ActiveCollection | null = null;
  let knownNames: CollectionNames | null = null;
  /** Why it could not be opened last; told whenever somebody asks how it is. */
  let failure: unknown = null;

  async function getNames(): Promise<CollectionNames> {
    knownNames ??= createCollectionNames(alias, await installation.id());
    return knownNames;
  }

  /** Whether the collection behind the alias holds vectors of the present model. */
  function isFitting(): boolean {
    return Boolean(embedding && active && !active.misfit && knownNames?.fits(active.name, embedding));
  }

  const limits = () => (active ? limitsOf(active.info, USUAL_LIMITS) : USUAL_LIMITS);

  /** @throws AppError where it is not this installation's */
  async function checkOwner(name: string): Promise<void> {
    const names = await getNames();
    if (names.isOurs(name)) return;
    if (!names.isUnmarked(name)) throw belongsToOthers(alias);
    const sample = await servers.probing((client) => samplePoints(client, name));
    if (sample.length > 0 && !(await installation.hasAnyOf(sample))) throw belongsToOthers(alias);
  }

  /**
   * Reads what the alias stands for now. Afterwards `active` is null when that is nothing, or nothing of ours.
   * @param options.isNew has a collection looked at that is known already
   */
  async function lookAgain({ isNew = false } = {}): Promise<string | null> {
    const names = await getNames();
    const found = await servers.probing((client) => findAliased(client, alias, names));
    if (found !== null && found === active?.name && !isNew) return found;
    active = found === null ? null : await inspect(found);
    return found;
  }

  async function inspect(name: string): Promise<ActiveCollection | null> {
    try {
      await checkOwner(name);
    } catch (error) {
      active = null;
      throw error;
    }
    const info = await servers.probing((client) => inspectCollection(client, name));
    return info && { name, info, misfit: findMisfit(info, embedding?.dimension ?? null) };
  }

  async function create(wanted: Embedding, { isTaken }: { isTaken: boolean }): Promise<void> {
    if (!isTaken && (await servers.writing((client) => isNameTaken(client, alias)))) throw belongsToOthers(alias);
    const name = (await getNames()).create(wanted);
    const { dimension } = wanted;
    await servers.writing((client) =>
      createCollection(client, name, { dimension, storage: storageFor(storage, null) }),
    );
    await servers.writing((client) => pointAlias(client, alias, name, isTaken));
    await lookAgain();
  }

  /** Mends what can be mended in place; the rest makes the collection stale. */
  async function mend({ name, info, misfit }: ActiveCollection): Promise<void> {
    if (misfit) logger.warn({ collection: name }, `the collection in Qdrant has to be made anew: ${misfit}`);
    if (info.payload_schema) {
      await servers.writing((client) => ensurePayloadIndexes(client, name, info.payload_schema));
    }
    const shards = info.config?.params?.shard_number;
    if (storage.shards !== undefined && shards !== undefined && shards !== storage.shards) {
      logger.warn({ shards }, 'QDRANT_SHARDS holds for the next collection: the shards of this one stay');
    }
    const changes = storageChanges(storage, info);
    if (!changes) return;
    await servers
      .writing((client) => client.updateCollection(name, changes))
      .catch((error) => logger.warn({ err: error }, 'Qdrant does not change how this collection is kept'));
  }

  /** Works on the active collection, and once more where it was replaced meanwhile. */
  async function atCollection<T>(work: (name: string) => Promise<T>): Promise<T> {
    const before = active;
    if (!before && failure) throw failure;
    if (!before) throw new AppError('vector_store_unavailable', 'The document index in Qdrant is not ready yet.');
    try {
      return await work(before.name);
    } catch (error) {
      if (!isGone(error)) throw error;
      await lookAgain({ isNew: true });
      const now = active as ActiveCollection | null;
      if (!now) throw lose();
      if (now.name === before.name) throw error;
      return work(now.name);
    }
  }

  /** Told from now on, until it has been opened again. */
  function lose(): AppError {
    const lost = new AppError(
      'vector_store_unavailable',
      'The document index is gone from Qdrant. It is being built anew.',
    );
    failure = lost;
    return lost;
  }

  async function upsertInto(name: string, points: VectorPoint[], withDense: boolean): Promise<void> {
    await upsertInBatches(
      (batch) => servers.writing((client) => client.upsert(name, { wait: true, points: batch })),
      points.map((point) => toQdrantPoint(point, withDense)),
      limits().points,
    );
  }

  async function dropOthers(kept: string, previous: string | null): Promise<void> {
    const names = await getNames();
    const ours = await servers.writing((client) => listOurs(client, names));
    const unmarked = previous !== null && names.isUnmarked(previous) ? [previous] : [];
    // Those of rebuilds that were interrupted too.
    for (const name of new Set([...ours, ...unmarked])) {
      if (name !== kept) await servers.writing((client) => client.deleteCollection(name));
    }
  }

  return {
    async open(wanted) {
      embedding = wanted;
      try {
        await reachingQdrant(async () => {
          const found = await lookAgain({ isNew: true });
          if (active) await mend(active);
          else await create(wanted, { isTaken: found !== null });
        });
        failure = null;
      } catch (error) {
        failure = error;
        throw error;
      }
      return wanted.dimension === null || isFitting() ? 'ready' : 'stale';
    },

    generation: () => active?.name ?? null,

    async upsert(points) {
      return reachingQdrant(() =>
        atCollection(async (name) => {
          const withDense = isFitting();
          await upsertInto(name, points, withDense);
          return withDense ? name : null;
        }),
      );
    },

    async setAudience(sourceId, audience) {
      const atOnce = limits().points;
      await reachingQdrant(() =>
        atCollection((name) =>
          servers.writing((client) => setAudienceOfSource(client, name, { sourceId, audience, atOnce })),
        ),
      );
    },

    async remove(ids) {
      for (let at = 0; at < ids.length; at += BATCH) {
        const points = ids.slice(at, at + BATCH);
        await reachingQdrant(() =>
          atCollection((name) => servers.writing((client) => client.delete(name, { wait: true, points }))),
        );
      }
    },

    async search(query) {
      return reachingQdrant(() =>
        atCollection((name) =>
          search(name, { ...query, dense: isFitting() ? query.dense : null }, { mostHits: limits().hits }),
        ),
      );
    },

    async rebuild(batches) {
      await reachingQdrant(async () => {
        if (!embedding) throw new Error('open() comes before rebuild()');
        const { dimension } = embedding;
        const previous = await lookAgain();
        const kept = storageFor(storage, (active as ActiveCollection | null)?.info ?? null);
        const next = (await getNames()).create(embedding);
        await servers.writing((client) => createCollection(client, next, { dimension, storage: kept }));
        try {
          for await (const points of batches) await upsertInto(next, points, dimension !== null);
        } catch (error) {
          await servers.writing((client) => client.deleteCollection(next)).catch(() => {});
          throw error;
        }
        await servers.writing((client) => pointAlias(client, alias, next, previous !== null));
        await dropOthers(next, previous);
        await lookAgain();
      });
    },

    async count() {
      return reachingQdrant(() =>
        atCollection(async (name) => (await servers.reading((client) => client.count(name, { exact: true }))).count),
      );
    },

    async check() {
      await reachingQdrant(async () => {
        const isOpen = active !== null;
        await lookAgain();
        if (isOpen && !active) throw lose();
        if (!active && failure) throw failure;
        await atCollection((name) => servers.probing((client) => client.count(name, { exact: false })));
      });
    },

    async checkWrite() {
      await reachingQdrant(() =>
        atCollection((name) =>
          servers.writing((client) => client.delete(name, { wait: true, points: [randomUUID()] })),
        ),
      );
    },

    async close() {},
  };
}

function belongsToOthers(alias: string): AppError {
  return new AppError(
    'vector_store_unavailable',
    `The collection ${alias} in Qdrant belongs to another Parley or another program. Set QDRANT_COLLECTION to a name that nobody uses; nothing was changed there.`,
  );
}
