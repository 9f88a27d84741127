import type { Knex } from 'knex';
import { prepared } from '../db/database.ts';
import type { Audience } from '../knowledge/audience.ts';
import type { IndexedChunk } from './chunk-index.ts';

/** A chunk as an answer may cite it. */
export interface StoredChunk {
  id: string;
  documentId: string;
  title: string;
  headings: string[];
  url: string | null;
  text: string;
}

interface ChunkRow {
  id: string;
  document_id: string;
  source_id: string;
  title: string;
  headings: string[];
  url: string | null;
  text: string;
  audience: string[];
  language: string;
}

const chunks = (db: Knex) =>
  db<ChunkRow>('chunks')
    .join('documents', 'documents.id', 'chunks.document_id')
    .join('sources', 'sources.id', 'chunks.source_id');

type ReadableRow = Pick<ChunkRow, 'id' | 'document_id' | 'title' | 'headings' | 'url' | 'text'>;

const READABLE = `
select chunks.id, chunks.document_id, chunks.headings, coalesce(chunks.url, documents.url) as url, chunks.text,
       documents.title
from chunks
join documents on documents.id = chunks.document_id
join sources on sources.id = chunks.source_id
where chunks.id = any(?::uuid[]) and sources.audience && ?::text[]`;

/** Loads chunks by id, in no order; those that are gone or not for this audience are left out. */
export async function findReadableChunks(
  db: Knex,
  ids: string[],
  audience: readonly Audience[],
): Promise<StoredChunk[]> {
  const { rows }: { rows: ReadableRow[] } = await db
    .raw(READABLE, [ids, [...audience]])
    .options(prepared('chunks_readable'));
  return rows.map((row) => ({
    id: row.id,
    documentId: row.document_id,
    title: row.title,
    headings: row.headings,
    url: row.url,
    text: row.text,
  }));
}

/** Some of the chunks, the same each time: ids are random, so the first ones are a fair sample. */
export async function sampleChunks(
  db: Knex,
  limit: number,
): Promise<Pick<IndexedChunk, 'title' | 'headings' | 'text' | 'language'>[]> {
  return db('chunks')
    .join('documents', 'documents.id', 'chunks.document_id')
    .select('documents.title', 'documents.language', 'chunks.headings', 'chunks.text')
    .orderBy('chunks.id')
    .limit(limit);
}

/** Languages of the documents, the most frequent first. */
export async function listDocumentLanguages(db: Knex): Promise<string[]> {
  const rows: { language: string }[] = await db('documents')
    .select('language')
    .groupBy('language')
    .orderByRaw('count(*) desc');
  return rows.map((row) => row.language);
}

export async function hasChunks(db: Knex): Promise<boolean> {
  return (await db('chunks').first('id')) !== undefined;
}

/** Where a chunk's vector has to be, and by which model, for the chunk to count as embedded. */
export interface EmbeddedIn {
  model: string;
  generation: string;
}

const PENDING = '(chunks.embedding_model is distinct from ? or chunks.index_generation is distinct from ?)';

/** How many chunks have no vector in this generation of the index. */
export async function countChunksToEmbed(db: Knex, { model, generation }: EmbeddedIn): Promise<number> {
  const [row] = await db('chunks').whereRaw(PENDING, [model, generation]).count();
  return Number(row?.count ?? 0);
}

/** The next chunks, by id, without a vector in this generation of the index. */
export async function listChunksToEmbed(
  db: Knex,
  { model, generation }: EmbeddedIn,
  limit: number,
): Promise<IndexedChunk[]> {
  return listIndexedChunks(db, limit, (query) => query.whereRaw(PENDING, [model, generation]));
}

/** Those of the chunks that are still there, as they are now. */
export async function listChunksById(db: Knex, ids: string[]): Promise<IndexedChunk[]> {
  return listIndexedChunks(db, ids.length, (query) => query.whereRaw('chunks.id = any(?::uuid[])', [ids]));
}

/** Chunks in the order of their ids, after one of them. */
export async function listChunksAfter(db: Knex, id: string | null, limit: number): Promise<IndexedChunk[]> {
  return listIndexedChunks(db, limit, (query) => (id === null ? query : query.where('chunks.id', '>', id)));
}

async function listIndexedChunks(
  db: Knex,
  limit: number,
  narrow: (query: Knex.QueryBuilder) => Knex.QueryBuilder,
): Promise<IndexedChunk[]> {
  const rows: ChunkRow[] = await narrow(chunks(db))
    .select('chunks.id', 'chunks.document_id', 'chunks.source_id', 'chunks.headings', 'chunks.text')
    .select('documents.title', 'documents.language', 'sources.audience')
    .orderBy('chunks.id')
    .limit(limit);
  return rows.map((row) => ({
    id: row.id,
    documentId: row.document_id,
    sourceId: row.source_id,
    audience: row.audience,
    title: row.title,
    headings: row.headings,
    text: row.text,
    language: row.language,
  }));
}

/** Remembers that the index holds these chunks' vectors; not of those whose audience has changed meanwhile. */
export async function markEmbedded(
  db: Knex,
  embedded: Pick<IndexedChunk, 'id' | 'sourceId' | 'audience'>[],
  { model, generation }: EmbeddedIn,
): Promise<void> {
  for (const [sourceId, ofSource] of Map.groupBy(embedded, (chunk) => chunk.sourceId)) {
    const ids = ofSource.map((chunk) => chunk.id);
    await db.raw(
      `update chunks set embedding_model = ?, index_generation = ? from sources
       where chunks.id = any(?::uuid[]) and sources.id = chunks.source_id
         and sources.id = ? and sources.audience = ?::text[]`,
      [model, generation, ids, sourceId, ofSource[0]?.audience ?? []],
    );
  }
}

/** Has the store filled anew, with every chunk. */
export async function forgetEmbeddings(db: Knex): Promise<void> {
  await db('chunks').whereNotNull('embedding_model').update({ embedding_model: null });
}

/** Those of the ids that no chunk has, or has any more. */
export async function findMissingChunks(db: Knex, ids: string[]): Promise<string[]> {
  const { rows } = await db.raw(
    'select id from unnest(?::uuid[]) as wanted(id) where not exists (select from chunks where chunks.id = wanted.id)',
    [ids],
  );
  return rows.map((row: { id: string }) => row.id);
}
