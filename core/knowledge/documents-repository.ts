import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { Omission } from './document-block.ts';

export interface StoredDocument {
  id: string;
  sourceId: string;
  location: string;
  title: string;
  url: string | null;
  contentHash: string;
  language: string;
  etag: string | null;
  lastModified: string | null;
  /** Parts that could not be read. */
  omissions: Omission[];
}

export interface StoredChunk {
  id: string;
  position: number;
  headings: string[];
  url: string | null;
  text: string;
  embeddingModel: string | null;
}

export type NewChunk = Omit<StoredChunk, 'embeddingModel'>;

interface DocumentRow {
  id: string;
  source_id: string;
  location: string;
  title: string;
  url: string | null;
  content_hash: string;
  language: string;
  etag: string | null;
  last_modified: string | null;
  omissions: Omission[];
}

function toDocument(row: DocumentRow): StoredDocument {
  return {
    id: row.id,
    sourceId: row.source_id,
    location: row.location,
    title: row.title,
    url: row.url,
    contentHash: row.content_hash,
    language: row.language,
    etag: row.etag,
    lastModified: row.last_modified,
    omissions: row.omissions,
  };
}

interface ChunkRow {
  id: string;
  position: number;
  headings: string[];
  url: string | null;
  text: string;
  embedding_model: string | null;
}

function toChunk(row: ChunkRow): StoredChunk {
  const { id, position, headings, url, text } = row;
  return { id, position, headings, url, text, embeddingModel: row.embedding_model };
}

/** Rows per statement: PostgreSQL takes at most 65,535 bindings, and a chunk needs seven. */
const BATCH = 1000;

/** Documents and their chunks. Takes the database or a transaction; what belongs together, the use case wraps in one. */
export function createDocumentsRepository(db: Knex) {
  return {
    async list(sourceId: string): Promise<StoredDocument[]> {
      const rows = await db('documents').where({ source_id: sourceId }).orderBy('location');
      return rows.map(toDocument);
    },

    async insert(document: StoredDocument): Promise<void> {
      await db('documents').insert({ id: document.id, source_id: document.sourceId, ...toColumns(document) });
    },

    async update(document: StoredDocument): Promise<void> {
      await db('documents')
        .where({ id: document.id })
        .update({ ...toColumns(document), synced_at: db.fn.now() });
    },

    async findChunks(documentId: string): Promise<StoredChunk[]> {
      const rows = await db('chunks').where({ document_id: documentId }).orderBy(['position', 'id']);
      return rows.map(toChunk);
    },

    async insertChunks(document: StoredDocument, chunks: NewChunk[]): Promise<void> {
      const rows = chunks.map((chunk) => ({ ...chunk, document_id: document.id, source_id: document.sourceId }));
      for (let from = 0; from < rows.length; from += BATCH) await db('chunks').insert(rows.slice(from, from + BATCH));
    },

    async moveChunk(id: string, place: { position: number; url: string | null }): Promise<void> {
      await db('chunks').where({ id }).update(place);
    },

    /** Deletes chunks and notes that the index still has to forget them. */
    async removeChunks(ids: string[]): Promise<void> {
      if (ids.length === 0) return;
      await noteRemovals(db, db('chunks').whereIn('id', ids));
      await db('chunks').whereIn('id', ids).delete();
    },

    /** Deletes documents with their chunks, and notes that the index still has to forget those. */
    async remove(documentIds: string[]): Promise<void> {
      if (documentIds.length === 0) return;
      await noteRemovals(db, db('chunks').whereIn('document_id', documentIds));
      await db('documents').whereIn('id', documentIds).delete();
    },

    async noteRemovalOfSource(sourceId: string): Promise<void> {
      await noteRemovals(db, db('chunks').where({ source_id: sourceId }));
    },

    async count(): Promise<{ documents: number; chunks: number; pendingChunks: number }> {
      const [documents] = await db('documents').count({ n: '*' });
      const [chunks] = await db('chunks').count({
        n: '*',
        pending: db.raw('case when embedding_model is null then 1 end'),
      });
      return { documents: Number(documents?.n), chunks: Number(chunks?.n), pendingChunks: Number(chunks?.pending) };
    },
  };
}

export type DocumentsRepository = ReturnType<typeof createDocumentsRepository>;

/** A document that was never read before. */
export function draftDocument(sourceId: string, location: string): StoredDocument {
  return {
    id: randomUUID(),
    sourceId,
    location,
    title: location,
    url: null,
    contentHash: '',
    language: 'en',
    etag: null,
    lastModified: null,
    omissions: [],
  };
}

function toColumns(document: StoredDocument) {
  const { location, title, url, contentHash, language, etag, lastModified } = document;
  const omissions = JSON.stringify(document.omissions);
  return { location, title, url, content_hash: contentHash, language, etag, last_modified: lastModified, omissions };
}

async function noteRemovals(db: Knex, chunks: Knex.QueryBuilder): Promise<void> {
  await db('chunk_removals')
    .insert(chunks.select({ chunk_id: 'id' }))
    .onConflict('chunk_id')
    .ignore();
}
