import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { Audience } from './audience.ts';
import type { SkippedDocument, Source, SourceKind, SourceWithCounts } from './source.ts';

interface SourceRow {
  id: string;
  kind: SourceKind;
  location: string;
  title: string;
  audience: string[];
  url_base: string | null;
  last_error: string | null;
  skipped: SkippedDocument[];
  last_synced_at: Date | null;
  created_at: Date;
}

function toSource(row: SourceRow): Source {
  return {
    id: row.id,
    kind: row.kind,
    location: row.location,
    title: row.title,
    audience: row.audience,
    urlBase: row.url_base,
    lastError: row.last_error,
    skipped: row.skipped,
    lastSyncedAt: row.last_synced_at,
    createdAt: row.created_at,
  };
}

export interface NewSource {
  kind: SourceKind;
  location: string;
  title: string;
  audience: Audience[];
  urlBase: string | null;
  body: string | null;
}

export function createSourcesRepository(db: Knex) {
  return {
    /** Inserts the source; null when its location is already one. */
    async insert(source: NewSource): Promise<Source | null> {
      const [row] = await db('sources')
        .insert({ id: randomUUID(), ...toColumns(source) })
        .onConflict('location')
        .ignore()
        .returning('*');
      return row ? toSource(row) : null;
    },

    async update(id: string, source: NewSource): Promise<Source> {
      const [row] = await db('sources').where({ id }).update(toColumns(source)).returning('*');
      return toSource(row);
    },

    async find(id: string): Promise<Source | null> {
      const row = await db('sources').where({ id }).first();
      return row ? toSource(row) : null;
    },

    async findByLocation(location: string): Promise<Source | null> {
      const row = await db('sources').where({ location }).first();
      return row ? toSource(row) : null;
    },

    /** False when the source is gone. */
    async setBody(id: string, body: string): Promise<boolean> {
      return (await db('sources').where({ id }).update({ body })) > 0;
    },

    async findBody(id: string): Promise<string> {
      const row = await db('sources').where({ id }).first('body');
      return row?.body ?? '';
    },

    /** The operator's sources, the oldest first: what is kept for one person alone is not theirs to see. */
    async list(): Promise<SourceWithCounts[]> {
      const rows = await db('sources')
        .select('sources.*')
        .select({
          document_count: db('documents').whereRaw('documents.source_id = sources.id').count(),
          chunk_count: db('chunks').whereRaw('chunks.source_id = sources.id').count(),
        })
        .whereNot('kind', 'profile')
        .orderBy(['sources.created_at', 'sources.id']);
      return rows.map((row) => ({
        ...toSource(row),
        documentCount: row.document_count,
        chunkCount: row.chunk_count,
      }));
    },

    async recordSuccess(id: string, at: Date, skipped: SkippedDocument[]): Promise<void> {
      await db('sources')
        .where({ id })
        .update({ last_synced_at: at, last_error: null, skipped: JSON.stringify(skipped) });
    },

    async recordFailure(id: string, reason: string): Promise<void> {
      await db('sources').where({ id }).update({ last_error: reason });
    },

    async remove(id: string): Promise<void> {
      await db('sources').where({ id }).delete();
    },

    async dismiss(location: string): Promise<void> {
      await db('dismissed_sources').insert({ location }).onConflict('location').ignore();
    },

    async recall(location: string): Promise<void> {
      await db('dismissed_sources').where({ location }).delete();
    },

    async isDismissed(location: string): Promise<boolean> {
      return (await db('dismissed_sources').where({ location }).first()) !== undefined;
    },
  };
}

export type SourcesRepository = ReturnType<typeof createSourcesRepository>;

function toColumns(source: NewSource): Record<string, string | string[] | null> {
  const { kind, location, title, audience, urlBase, body } = source;
  return { kind, location, title, audience, url_base: urlBase, body };
}
