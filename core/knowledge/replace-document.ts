import { createHash, randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { ChunkIndex, IndexedChunk } from '../retrieval/chunk-index.ts';
import { chunkDocument } from './chunk-document.ts';
import type { DocumentBlock, Omission } from './document-block.ts';
import {
  createDocumentsRepository,
  type DocumentsRepository,
  draftDocument,
  type NewChunk,
  type StoredDocument,
} from './documents-repository.ts';
import type { FoundDocument } from './found-document.ts';
import { PARSER_VERSION, parseDocument } from './parse-document.ts';
import { type ChunkPlan, planChunks } from './plan-chunks.ts';
import type { Source } from './source.ts';
import { givenTitle, titleOfLocation } from './source-title.ts';

type Found = Extract<FoundDocument, { state: 'found' }>;

export interface ReplaceDocumentOptions {
  db: Knex;
  chunkIndex: ChunkIndex;
  source: Source;
  found: Found;
  /** The version from the sync before; null for a document that is new. */
  known: StoredDocument | null;
}

export interface ReplacedDocument {
  outcome: 'added' | 'changed' | 'unchanged';
  omissions: Omission[];
}

/**
 * Puts a new version of a document in the place of the old one. The new chunks are stored and indexed first; one
 * transaction then makes them the document and drops the old ones, so a search finds one version or the other, never
 * none. Chunks whose words did not change stay, with their embedding. Interrupted anywhere, it can be run again.
 * @throws AppError `unreadable_document`
 */
export async function replaceDocument(options: ReplaceDocumentOptions): Promise<ReplacedDocument> {
  const { db, chunkIndex, source, found, known } = options;
  const contentHash = hashOf(source, found);
  if (known?.contentHash === contentHash) return { outcome: 'unchanged', omissions: known.omissions };

  const { document, chunks } = await readVersion({ source, found, known, contentHash });
  const { omissions } = document;
  if (!known) {
    await insertDocument(db, document, chunks);
    await chunkIndex.add(chunks.map((chunk) => toIndexed(chunk, document, source)));
    return { outcome: 'added', omissions };
  }
  const documents = createDocumentsRepository(db);
  const plan = planChunks({ chunks, document, known, stored: await documents.findChunks(known.id) });
  if (plan.added.length > 0) await documents.insertChunks(document, plan.added);
  const unknownToIndex = [...plan.added, ...plan.waiting].map((chunk) => toIndexed(chunk, document, source));
  if (unknownToIndex.length > 0) await chunkIndex.add(unknownToIndex);
  await db.transaction((trx) => swap(createDocumentsRepository(trx), document, plan));
  return { outcome: plan.added.length + plan.staleIds.length > 0 ? 'changed' : 'unchanged', omissions };
}

/** True when the version was read by this parser, so that a server's "not modified" can be believed. */
export function isCurrentVersion(document: StoredDocument): boolean {
  return document.contentHash.startsWith(`${PARSER_VERSION}:`);
}

function hashOf(source: Source, found: Found): string {
  const hash = createHash('sha256').update(found.bytes);
  const around = [found.url, found.contentType, givenTitle(source)];
  return `${PARSER_VERSION}:${hash.update(JSON.stringify(around)).digest('hex')}`;
}

interface Version {
  document: StoredDocument;
  chunks: NewChunk[];
}

async function readVersion(options: {
  source: Source;
  found: Found;
  known: StoredDocument | null;
  contentHash: string;
}): Promise<Version> {
  const { source, found, known, contentHash } = options;
  const name = found.contentType ? found.location.replace(/[?#].*$/, '') : found.location;
  const parsed = await parseDocument({ name, contentType: found.contentType, bytes: found.bytes, url: found.url });
  const title = givenTitle(source) ?? parsed.title ?? titleOfLocation(found.location);
  const url = parsed.url ?? found.url;
  const drafts = chunkDocument(parsed.blocks, { title, keepSectionsApart: parsed.keepSectionsApart ?? false });
  if (drafts.length === 0) throw new AppError('unreadable_document', 'There is no text in it.');

  const language = found.language ?? (await detectLanguageOf(parsed.blocks));
  const { etag, lastModified } = found;
  const base = known ?? draftDocument(source.id, found.location);
  return {
    document: { ...base, title, url, contentHash, language, etag, lastModified, omissions: parsed.omissions ?? [] },
    chunks: drafts.map(({ headings, anchor, text }, position) => {
      return { id: randomUUID(), position, headings, url: withAnchor(url, anchor), text };
    }),
  };
}

/** Its tables take a while to load, and most starts find no changed document. */
async function detectLanguageOf(blocks: DocumentBlock[]): Promise<string> {
  const { detectLanguage } = await import('./detect-language.ts');
  return await detectLanguage(blocks);
}

function withAnchor(url: string | null, anchor: string | null): string | null {
  if (!url || !anchor) return url;
  return `${url.replace(/#.*$/, '')}#${encodeURI(anchor)}`;
}

/** Nothing is there yet that would have to stay findable. */
async function insertDocument(db: Knex, document: StoredDocument, chunks: NewChunk[]): Promise<void> {
  await db.transaction(async (trx) => {
    const documents = createDocumentsRepository(trx);
    await documents.insert(document);
    await documents.insertChunks(document, chunks);
  });
}

async function swap(documents: DocumentsRepository, document: StoredDocument, plan: ChunkPlan): Promise<void> {
  await documents.update(document);
  for (const { id, position, url } of plan.moved) await documents.moveChunk(id, { position, url });
  await documents.removeChunks(plan.staleIds);
}

function toIndexed(chunk: NewChunk, document: StoredDocument, source: Source): IndexedChunk {
  const { id, headings, text } = chunk;
  const { title, language, sourceId, id: documentId } = document;
  return { id, documentId, sourceId, audience: source.audience, title, headings, text, language };
}
