import type { Knex } from 'knex';
import { sourceLease, withLease } from '../db/lease.ts';
import { AppError } from '../errors.ts';
import type { SafeFetch } from '../net/safe-fetch.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { ChunkIndex, IndexProgress } from '../retrieval/chunk-index.ts';
import { flushRemovedChunks } from '../retrieval/flush-removed-chunks.ts';
import type { Audience } from './audience.ts';
import { createDocumentsRepository } from './documents-repository.ts';
import { createOpenSource } from './open-source.ts';
import type { Source, SourceWithCounts } from './source.ts';
import { locateSource, locateText, normaliseLocation, OWN_DOCUMENTS } from './source-location.ts';
import { defaultTitle } from './source-title.ts';
import { createSourcesRepository, type NewSource } from './sources-repository.ts';
import { type ReadingProgress, type SyncSummary, syncSource } from './sync-source.ts';

export type KnowledgeProgress = ReadingProgress | ({ phase: 'indexing' } & IndexProgress);

/** How the sync of one source ended; `busy` means that another process is at it. */
export type SourceSync = { source: Source } & (
  | { state: 'synced'; summary: SyncSummary }
  | { state: 'failed'; reason: string }
  | { state: 'busy' }
);

export interface SyncReport {
  sources: SourceSync[];
  /** Chunks that were embedded. */
  embedded: number;
}

export interface AddOptions {
  /** A path, a glob or an address; or `text` instead. */
  location?: string;
  text?: string;
  audience?: Audience[];
  title?: string;
  /** Where the files of this source can be read on the web. */
  urlBase?: string;
}

export interface SyncOptions {
  /** One source by its id; all of them when absent. */
  sourceId?: string;
  /** Removes however many documents are gone. */
  force?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: KnowledgeProgress) => void;
}

export interface KnowledgeParts {
  db: Knex;
  chunkIndex: ChunkIndex;
  safeFetch: SafeFetch;
  clock: Clock;
  logger: Logger;
  /** Where README.md and docs/ of this program are. */
  programFolder: string;
}

/** What the assistant may answer from: adding it, keeping it up to date, taking it away. */
export function createKnowledge(parts: KnowledgeParts) {
  const { db, chunkIndex, safeFetch, clock, logger, programFolder } = parts;
  const sources = createSourcesRepository(db);
  const documents = createDocumentsRepository(db);
  const openSource = createOpenSource({ sources, programFolder, safeFetch });

  async function fresh(source: Source): Promise<Source> {
    const found = await sources.find(source.id);
    if (!found) throw new AppError('source_not_found', 'This source was removed meanwhile.');
    return found;
  }

  async function syncOne(source: Source, options: Required<SyncOptions>): Promise<SourceSync> {
    const { force, signal, onProgress } = options;
    try {
      const summary = await withLease(db, sourceLease(source.id), async (lost) =>
        syncSource({
          db,
          chunkIndex,
          clock,
          openSource,
          // Read again: its audience may have changed while the sources before it were read.
          source: await fresh(source),
          force,
          signal: AbortSignal.any([signal, lost]),
          onProgress,
        }),
      );
      return summary ? { source, state: 'synced', summary } : { source, state: 'busy' };
    } catch (error) {
      if (signal.aborted) throw error;
      // One source in trouble must not keep the others from being synced; a bug is logged with its cause.
      const reason = error instanceof AppError ? error.message : 'Something unexpected went wrong; the log says what.';
      logger.warn({ sourceId: source.id, err: error }, 'a source could not be synced');
      await sources.recordFailure(source.id, reason);
      return { source, state: 'failed', reason };
    }
  }

  /**
   * The index knows it first: if it cannot be reached, nobody sees what the new audience excludes. And once more, for
   * what was embedded between the two.
   */
  async function changeAudience(source: Source, wanted: NewSource): Promise<Source> {
    await chunkIndex.changeAudience(source.id, wanted.audience);
    const updated = await sources.update(source.id, wanted);
    await chunkIndex.changeAudience(source.id, wanted.audience);
    return updated;
  }

  async function getSource(name: string): Promise<Source> {
    const all = await sources.list();
    const locations = normaliseLocation(name);
    const exact = all.find((source) => source.id === name || locations.includes(source.location));
    if (exact) return exact;
    const titled = all.filter((source) => source.title.toLowerCase() === name.toLowerCase());
    if (titled.length > 1) {
      throw new AppError('invalid_request', `Several sources are called ${name}; name one by its location.`);
    }
    const [only] = titled;
    if (!only) throw new AppError('source_not_found', `There is no source ${name}. See: parley list`);
    return only;
  }

  async function remove(source: Source): Promise<void> {
    await alone(source, () =>
      db.transaction(async (trx) => {
        await createDocumentsRepository(trx).noteRemovalOfSource(source.id);
        await createSourcesRepository(trx).remove(source.id);
      }),
    );
    await flushRemovedChunks(db, chunkIndex);
  }

  /** Changes a source while no sync, which read it before the change, can be at work on it. */
  async function alone<Result>(source: Source, work: () => Promise<Result>): Promise<Result> {
    const done = await withLease(db, sourceLease(source.id), async () => ({ result: await work() }));
    if (done) return done.result;
    throw new AppError('conflict', `${source.title} is being synced right now. Try again when that is done.`);
  }

  async function register(wanted: NewSource, options: AddOptions): Promise<Source> {
    await sources.recall(wanted.location);
    const inserted = await sources.insert(wanted);
    if (inserted) return inserted;
    const existing = await getSource(wanted.location);
    const { audience = existing.audience, title = existing.title, urlBase = existing.urlBase } = options;
    const changed = { ...wanted, audience, title, urlBase };
    return alone(existing, () =>
      sameMembers(existing.audience, audience)
        ? sources.update(existing.id, changed)
        : changeAudience(existing, changed),
    );
  }

  return {
    /**
     * Registers a source without reading it yet; `sync` does that. Adding what is there already changes its
     * audience, title and web address where they are given, and leaves them where they are not.
     * @throws AppError `invalid_request` in words for whoever typed it, `conflict` while it is being synced
     */
    async add(options: AddOptions): Promise<Source> {
      return register(await toNewSource(options), options);
    },

    /** Like `add` for each; none of them is registered when one cannot be. */
    async addAll(additions: AddOptions[]): Promise<Source[]> {
      const wanted = await Promise.all(
        additions.map(async (options) => ({ source: await toNewSource(options), options })),
      );
      const added: Source[] = [];
      for (const { source, options } of wanted) added.push(await register(source, options));
      return added;
    },

    /**
     * Takes a source away if nothing could ever be read of it.
     * @returns true when it is gone
     */
    async discardEmpty(sourceId: string): Promise<boolean> {
      const source = await sources.find(sourceId);
      if (!source || (await documents.list(sourceId)).length > 0) return source === null;
      await remove(source);
      return true;
    },

    /** The operator's sources with what they hold, the oldest first. */
    list: (): Promise<SourceWithCounts[]> => sources.list(),

    /**
     * A source by its id, location or title.
     * @throws AppError `source_not_found`, or `invalid_request` when several have that title
     */
    getSource,

    /**
     * Reads what changed, then embeds what is new. One process at a time works on a source; aborting the signal
     * throws its reason, loses nothing, and the next run goes on from there.
     */
    async sync(options: SyncOptions = {}): Promise<SyncReport> {
      const { sourceId = '', force = false, signal = new AbortController().signal, onProgress = () => {} } = options;
      const chosen = (await sources.list()).filter((source) => !sourceId || source.id === sourceId);
      const report: SyncReport = { sources: [], embedded: 0 };
      for (const source of chosen) {
        signal.throwIfAborted();
        report.sources.push(await syncOne(source, { sourceId, force, signal, onProgress }));
      }
      await flushRemovedChunks(db, chunkIndex);
      report.embedded = await chunkIndex.embedPending({
        signal,
        onProgress: (progress) => onProgress({ phase: 'indexing', ...progress }),
      });
      return report;
    },

    /**
     * Puts a text in the place of what a source had, findable by its words at once; its meaning follows when what is
     * pending is embedded. Nothing happens where the source is gone meanwhile, or another process is at it.
     * @throws AppError where the index cannot be reached: what was there before stays
     */
    async putText(sourceId: string, text: string): Promise<void> {
      if (!(await sources.setBody(sourceId, text))) return;
      await withLease(db, sourceLease(sourceId), async (signal) => {
        const source = await sources.find(sourceId);
        if (!source) return;
        await syncSource({ db, chunkIndex, clock, openSource, source, force: true, signal, onProgress: () => {} });
      });
      await flushRemovedChunks(db, chunkIndex);
    },

    /**
     * Takes a source with all its documents away; named like for `getSource`.
     * @throws AppError `source_not_found`, `conflict` while it is being synced
     */
    async remove(name: string): Promise<Source> {
      const source = await getSource(name);
      if (source.kind === 'built_in') await sources.dismiss(source.location);
      await remove(source);
      return source;
    },

    /** Makes the product's own documentation a source, unless an operator removed it; `enabled: false` undoes it. */
    async ensureOwnDocuments({ enabled }: { enabled: boolean }): Promise<void> {
      const existing = await sources.findByLocation(OWN_DOCUMENTS);
      if (!enabled && existing) await remove(existing);
      if (!enabled || existing || (await sources.isDismissed(OWN_DOCUMENTS))) return;
      await sources.insert(await toNewSource({ location: OWN_DOCUMENTS }));
    },

    async stats(): Promise<{ sources: number; documents: number; chunks: number; pendingChunks: number }> {
      return { sources: (await sources.list()).length, ...(await documents.count()) };
    },
  };
}

export type Knowledge = ReturnType<typeof createKnowledge>;

async function toNewSource(options: AddOptions): Promise<NewSource> {
  const { text, title, urlBase, audience = ['public'] } = options;
  if (audience.length === 0) throw new AppError('invalid_request', 'A source needs an audience.');
  if (text !== undefined && text.trim() === '') throw new AppError('invalid_request', 'There is no text to add.');
  const place = text === undefined ? await locateSource(options.location ?? '') : locateText(text, title ?? null);
  return {
    ...place,
    title: title ?? defaultTitle(place.kind, place.location),
    audience,
    urlBase: urlBase === undefined ? null : checkUrlBase(urlBase),
    body: text ?? null,
  };
}

function checkUrlBase(urlBase: string): string {
  if (URL.canParse(urlBase) && /^https?:$/.test(new URL(urlBase).protocol)) return urlBase;
  throw new AppError('invalid_request', `${urlBase} is not an address that starts with http:// or https://.`);
}

function sameMembers(one: string[], other: string[]): boolean {
  return one.length === other.length && one.every((entry) => other.includes(entry));
}
