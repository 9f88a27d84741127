import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createKnowledge, type Knowledge } from '../../core/knowledge/knowledge.ts';
import type { SyncSummary } from '../../core/knowledge/sync-source.ts';
import { createSafeFetch, type SafeFetchOptions } from '../../core/net/safe-fetch.ts';
import { createRecordingChunkIndex, type RecordingChunkIndex } from './recording-chunk-index.ts';
import { createSilentLogger } from './silent-logger.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

export interface TestKnowledge extends AsyncDisposable {
  db: TestDatabase['db'];
  knowledge: Knowledge;
  index: RecordingChunkIndex;
  logger: ReturnType<typeof createSilentLogger>;
  /** A folder of its own. */
  folder: string;
  /** Writes a file below that folder. */
  write(name: string, content: string | Uint8Array): Promise<string>;
  /** Syncs everything and gives the summary of the only source; throws its reason when that failed. */
  sync(options?: { force?: boolean }): Promise<SyncSummary>;
  /** The texts a search could find, sorted. */
  texts(): string[];
}

export interface TestKnowledgeOptions {
  fetch?: Partial<SafeFetchOptions>;
}

/** Knowledge on a real database and a real folder, with an index that only records. */
export async function createTestKnowledge(options: TestKnowledgeOptions = {}): Promise<TestKnowledge> {
  const database = await createTestDatabase();
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-knowledge-'));
  const index = createRecordingChunkIndex();
  const logger = createSilentLogger();
  const knowledge = createKnowledge({
    db: database.db,
    chunkIndex: index,
    safeFetch: createSafeFetch({ allowPrivateHosts: ['127.0.0.1'], ...options.fetch }),
    clock: { now: () => new Date('2026-03-01T12:00:00Z') },
    logger,
    programFolder: folder,
  });
  return {
    db: database.db,
    knowledge,
    index,
    logger,
    folder,
    async write(name, content) {
      const file = path.join(folder, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, content);
      return file;
    },
    async sync(syncOptions = {}) {
      const [only] = (await knowledge.sync(syncOptions)).sources;
      if (only?.state !== 'synced') throw new Error(only?.state === 'failed' ? only.reason : 'nothing was synced');
      return only.summary;
    },
    texts: () => [...index.chunks.values()].map((chunk) => chunk.text).sort(),
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
      await database[Symbol.asyncDispose]();
    },
  };
}
