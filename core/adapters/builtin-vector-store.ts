import type { Knex } from 'knex';
import type { Notifications } from '../db/notifications.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { VectorPoint, VectorStore } from '../ports/vector-store.ts';
import { createChangeFeed, NOTIFY_OF_CHANGE } from './builtin-change-feed.ts';
import { createBuiltinIndex } from './builtin-index.ts';
import * as repository from './builtin-points-repository.ts';

interface LoadedCollection {
  id: string;
  embeddingModel: string;
  dimension: number;
  index: ReturnType<typeof createBuiltinIndex>;
  /** All changes up to here are in the index. */
  revision: number;
}

/**
 * Points in PostgreSQL, the index over them in memory, rebuilt at start and kept in step with what other processes
 * write: a notification, or the slow poll, makes this one read whatever came after the last revision it has seen.
 */
export function createBuiltinVectorStore(options: {
  db: Knex;
  notifications: Notifications;
  logger: Logger;
}): VectorStore {
  const { db, logger } = options;
  let collection: LoadedCollection | null = null;
  let embedding: { model: string; dimension: number | null } | null = null;
  let catchingUp: Promise<void> | null = null;
  let catchUpAgain = false;
  let isFeedStarted = false;
  const feed = createChangeFeed({
    notifications: options.notifications,
    onChange: () => {
      if (!collection) return;
      catchUp().catch((error) => logger.warn({ err: error }, 'could not read changed documents; trying again later'));
    },
  });

  function opened(): LoadedCollection {
    if (!collection) throw unavailable('The document index is not ready yet.');
    return collection;
  }

  /** Reads what changed. Calls that come while one is running share the next one. */
  function catchUp(): Promise<void> {
    if (catchingUp) {
      catchUpAgain = true;
      return catchingUp;
    }
    catchingUp = (async () => {
      try {
        do {
          catchUpAgain = false;
          await readChanges();
        } while (catchUpAgain);
      } finally {
        catchingUp = null;
      }
    })();
    return catchingUp;
  }

  async function readChanges(): Promise<void> {
    const active = await repository.findActiveCollection(db);
    if (!active) return;
    const current = collection;
    if (current?.id !== active.id) {
      collection = await load(active);
      return;
    }
    if (active.revision <= current.revision) return;
    await applyChanges(current, active.revision);
    // More were removed than are still on record: this process was away for too long.
    if (current.index.size() !== (await repository.countPoints(db, active.id)) && !(await hasMoved(current))) {
      collection = await load(active);
    }
  }

  async function hasMoved(current: LoadedCollection): Promise<boolean> {
    return (await repository.findActiveCollection(db))?.revision !== current.revision;
  }

  async function load(from: repository.VectorCollection): Promise<LoadedCollection> {
    const index = createBuiltinIndex(from.dimension);
    const loaded = { id: from.id, embeddingModel: from.embeddingModel, dimension: from.dimension, index, revision: -1 };
    await applyChanges(loaded, from.revision);
    return loaded;
  }

  async function applyChanges(target: LoadedCollection, upTo: number): Promise<void> {
    const since = target.revision;
    for await (const points of repository.streamChangedPoints(db, target.id, since)) {
      for (const point of points) target.index.put(point);
    }
    if (since >= 0) {
      for (const id of await repository.listRemovedIds(db, target.id, since)) target.index.remove(id);
    }
    target.revision = Math.max(upTo, since);
  }

  /** @returns the collection it was written to, by which `write` was called */
  async function change(write: (to: LoadedCollection) => Promise<boolean>): Promise<LoadedCollection> {
    return reachingDatabase(async () => {
      opened();
      // The collection may have been replaced by another process since this one last looked.
      for (let attempt = 0; attempt < 3; attempt++) {
        const to = opened();
        const written = await write(to);
        await db.raw(NOTIFY_OF_CHANGE);
        await catchUp();
        if (written) return to;
      }
      throw unavailable('The document index is being rebuilt. Try again.');
    });
  }

  return {
    async open(wanted) {
      embedding = wanted;
      return reachingDatabase(async () => {
        const active =
          (await repository.findActiveCollection(db)) ??
          (await repository.createActiveCollection(db, { model: wanted.model, dimension: wanted.dimension ?? 0 }));
        if (collection?.id !== active.id) collection = await load(active);
        if (!isFeedStarted) {
          isFeedStarted = true;
          await feed.start();
        }
        return fits(collection, wanted) ? 'ready' : 'stale';
      });
    },

    generation: () => collection?.id ?? null,

    async upsert(points) {
      const to =
        points.length === 0
          ? opened()
          : await change((into) =>
              repository.upsertPoints(db, into.id, isFitting(into) ? points : points.map(withoutVector)),
            );
      return isFitting(to) ? to.id : null;
    },

    async setAudience(sourceId, audience) {
      await change((of) => repository.setAudienceOfSource(db, of.id, { sourceId, audience }));
    },

    async remove(ids) {
      if (ids.length === 0) return;
      await change((from) => repository.removePoints(db, from.id, ids));
    },

    async search(query) {
      const current = opened();
      const dense = embedding && fits(current, embedding) ? query.dense : null;
      return current.index.search({ ...query, dense });
    },

    async rebuild(batches) {
      await reachingDatabase(async () => {
        if (!embedding) throw unavailable('The document index is not ready yet.');
        const { model, dimension } = embedding;
        const id = await repository.createInactiveCollection(db, { model, dimension: dimension ?? 0 });
        try {
          for await (const points of batches) {
            if (!(await repository.upsertPoints(db, id, points)))
              throw unavailable('Another process has rebuilt the document index.');
          }
          await repository.activateCollection(db, id);
        } catch (error) {
          await repository.dropCollection(db, id).catch(() => {});
          throw error;
        }
        await db.raw(NOTIFY_OF_CHANGE);
        await catchUp();
      });
    },

    async count() {
      return opened().index.size();
    },

    async check() {
      opened();
      await reachingDatabase(() => db.raw('select 1'));
    },

    async checkWrite() {
      // The database is asked for that by itself.
      opened();
    },

    async close() {
      await feed.stop();
      await catchingUp?.catch(() => {});
    },
  };

  /** Vectors of another model have no place in a collection; such points are found by their words. */
  function isFitting(to: LoadedCollection): boolean {
    return embedding !== null && fits(to, embedding);
  }
}

function withoutVector(point: VectorPoint): VectorPoint {
  return { ...point, dense: null };
}

function fits(collection: LoadedCollection, wanted: { model: string; dimension: number | null }): boolean {
  return (
    wanted.dimension === null ||
    (collection.embeddingModel === wanted.model && collection.dimension === wanted.dimension)
  );
}

async function reachingDatabase<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw unavailable('The document index cannot reach the database.', error);
  }
}

function unavailable(message: string, cause?: unknown): AppError {
  return new AppError('vector_store_unavailable', message, { cause });
}
