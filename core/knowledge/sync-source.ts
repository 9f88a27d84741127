import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { ChunkIndex } from '../retrieval/chunk-index.ts';
import type { Omission } from './document-block.ts';
import { createDocumentsRepository, type StoredDocument } from './documents-repository.ts';
import type { FoundDocument, KnownVersion } from './found-document.ts';
import { isCurrentVersion, replaceDocument } from './replace-document.ts';
import type { SkippedDocument, Source } from './source.ts';
import { createSourcesRepository } from './sources-repository.ts';

/** What one sync did to one source, in documents. */
export interface SyncSummary {
  added: number;
  changed: number;
  unchanged: number;
  removed: number;
  skipped: SkippedDocument[];
}

export interface ReadingProgress {
  phase: 'reading';
  source: Source;
  done: number;
  /** The document just read. */
  location: string;
}

/** Opens a source: what it offers now, one document after the other. Throws AppError when it cannot be listed. */
export type OpenSource = (
  source: Source,
  options: { signal: AbortSignal; known: (location: string) => KnownVersion | null },
) => AsyncIterable<FoundDocument>;

export interface SyncSourceOptions {
  db: Knex;
  chunkIndex: ChunkIndex;
  clock: Clock;
  openSource: OpenSource;
  source: Source;
  force: boolean;
  signal: AbortSignal;
  onProgress: (progress: ReadingProgress) => void;
}

/**
 * Brings a source's documents up to date, each as soon as it is read, so that an interrupted run has lost nothing and
 * the next goes on where it stopped.
 * @throws AppError `fetch_failed` when the source cannot be listed, `sync_refused` before an implausible removal
 */
export async function syncSource(options: SyncSourceOptions): Promise<SyncSummary> {
  const { db, source, signal } = options;
  const stored = await createDocumentsRepository(db).list(source.id);
  const known = new Map(stored.map((document) => [document.location, document]));
  const summary: SyncSummary = { added: 0, changed: 0, unchanged: 0, removed: 0, skipped: [] };
  const offered = new Set<string>();
  const unreadFolders: string[] = [];

  const found = options.openSource(source, { signal, known: (location) => versionOf(known.get(location)) });
  for await (const document of found) {
    signal.throwIfAborted();
    if (offered.has(document.location) && document.state !== 'unreadable') continue;
    if (document.state !== 'excluded') offered.add(document.location);
    if (document.state === 'unreadable' && document.location.endsWith('/')) unreadFolders.push(document.location);
    await take(document, known.get(document.location) ?? null, summary, options);
    options.onProgress({ phase: 'reading', source, done: offered.size, location: document.location });
  }
  signal.throwIfAborted();

  const missing = stored.filter(
    ({ location }) => !offered.has(location) && !unreadFolders.some((folder) => location.startsWith(folder)),
  );
  summary.removed = await removeMissing(missing, stored.length, options);
  await createSourcesRepository(db).recordSuccess(source.id, options.clock.now(), summary.skipped);
  return summary;
}

function versionOf(document: StoredDocument | undefined): KnownVersion | null {
  return document && isCurrentVersion(document) ? document : null;
}

async function take(
  found: FoundDocument,
  known: StoredDocument | null,
  summary: SyncSummary,
  options: SyncSourceOptions,
): Promise<void> {
  const { db, chunkIndex, source } = options;
  if (found.state === 'unchanged') {
    summary.unchanged += 1;
    summary.skipped.push(...partsOf(found.location, known?.omissions ?? []));
    return;
  }
  if (found.state !== 'found') {
    summary.skipped.push({ location: found.location, reason: withKept(found.reason, found.state, known) });
    return;
  }
  try {
    const { outcome, omissions } = await replaceDocument({ db, chunkIndex, source, found, known });
    summary[outcome] += 1;
    summary.skipped.push(...partsOf(found.location, omissions));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'unreadable_document') throw error;
    summary.skipped.push({ location: found.location, reason: withKept(error.message, 'unreadable', known) });
  }
}

/** Parts of documents that were left out, named like whole ones. */
function partsOf(location: string, omissions: Omission[]): SkippedDocument[] {
  return omissions.map(({ part, reason }) => ({ location: `${location}, ${part}`, reason }));
}

function withKept(reason: string, state: 'unreadable' | 'excluded', known: StoredDocument | null): string {
  return known && state === 'unreadable' ? `${reason} The version from before is kept.` : reason;
}

async function removeMissing(missing: StoredDocument[], total: number, options: SyncSourceOptions): Promise<number> {
  const { db, source, force } = options;
  // Losing more than half at once is taken for an accident.
  if (!force && missing.length > total / 2) {
    throw new AppError(
      'sync_refused',
      `${missing.length} of the ${total} documents of ${source.title} are gone. If that is meant, run: ` +
        `parley sync ${source.location} --force`,
    );
  }
  await db.transaction((trx) => createDocumentsRepository(trx).remove(missing.map((document) => document.id)));
  return missing.length;
}
