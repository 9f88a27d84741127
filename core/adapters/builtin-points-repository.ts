import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { VectorPoint } from '../ports/vector-store.ts';
import type { IndexPoint } from './builtin-index.ts';

export interface VectorCollection {
  id: string;
  embeddingModel: string;
  dimension: number;
  revision: number;
}

interface CollectionRow {
  id: string;
  embedding_model: string;
  dimension: number;
  revision: number;
  is_active: boolean;
}

interface PointRow {
  id: string;
  audience: string[];
  sparse_indices: Buffer;
  sparse_values: Buffer;
  dense: Buffer | null;
}

/** Rows per statement: some megabytes of vectors, far below PostgreSQL's 65,535 bindings. */
const BATCH = 500;
/** Rows read at once while the index is filled: a few megabytes, then the event loop gets its turn. */
const PAGE = 500;
/** How long removals are kept for processes that lost their connection; a longer absence is noticed by the count. */
const REMOVALS_KEPT = '1 day';

/** The collection that answers; null before there is one. */
export async function findActiveCollection(db: Knex): Promise<VectorCollection | null> {
  const row = await db<CollectionRow>('vector_collections').where({ is_active: true }).first();
  return row ? toCollection(row) : null;
}

/** Creates the first collection; when another process was faster, that one's. */
export async function createActiveCollection(
  db: Knex,
  embedding: { model: string; dimension: number },
): Promise<VectorCollection> {
  await db('vector_collections')
    .insert({ id: randomUUID(), embedding_model: embedding.model, dimension: embedding.dimension, is_active: true })
    .onConflict()
    .ignore();
  const created = await findActiveCollection(db);
  if (!created) throw new Error('The collection was dropped while it was being created.');
  return created;
}

/** Creates a collection to be filled while another one answers, and gives its id. */
export async function createInactiveCollection(
  db: Knex,
  embedding: { model: string; dimension: number },
): Promise<string> {
  const id = randomUUID();
  await db('vector_collections').insert({
    id,
    embedding_model: embedding.model,
    dimension: embedding.dimension,
    is_active: false,
  });
  return id;
}

/** Makes one collection the answering one and drops all others, at once for everybody who asks. */
export async function activateCollection(db: Knex, id: string): Promise<void> {
  await db.transaction(async (trx) => {
    await trx('vector_collections').whereNot({ id }).delete();
    const updated = await trx('vector_collections').where({ id }).update({ is_active: true });
    if (updated === 0) throw new Error('Another process has rebuilt the collection at the same time.');
  });
}

/** Drops a collection that was being filled; the one that answers is left alone. */
export async function dropCollection(db: Knex, id: string): Promise<void> {
  await db('vector_collections').where({ id, is_active: false }).delete();
}

/** False when the collection is no longer there: another process has swapped in its successor. */
export async function upsertPoints(db: Knex, collectionId: string, points: VectorPoint[]): Promise<boolean> {
  return db.transaction(async (trx) => {
    const revision = await raiseRevision(trx, collectionId);
    if (revision === null) return false;
    for (let at = 0; at < points.length; at += BATCH) {
      const rows = points.slice(at, at + BATCH).map((point) => toRow(point, collectionId, revision));
      await trx('vector_points').insert(rows).onConflict(['collection_id', 'id']).merge();
    }
    await trx('vector_removals')
      .where({ collection_id: collectionId })
      .whereRaw('point_id = any(?::uuid[])', [points.map((point) => point.id)])
      .delete();
    return true;
  });
}

/** False as for `upsertPoints`. */
export async function setAudienceOfSource(
  db: Knex,
  collectionId: string,
  { sourceId, audience }: { sourceId: string; audience: string[] },
): Promise<boolean> {
  return db.transaction(async (trx) => {
    const revision = await raiseRevision(trx, collectionId);
    if (revision === null) return false;
    await trx('vector_points')
      .where({ collection_id: collectionId, source_id: sourceId })
      .update({ audience, revision });
    return true;
  });
}

/** Removes points for every process, which hears of it by the revision. False as for `upsertPoints`. */
export async function removePoints(db: Knex, collectionId: string, ids: string[]): Promise<boolean> {
  return db.transaction(async (trx) => {
    const revision = await raiseRevision(trx, collectionId);
    if (revision === null) return false;
    await trx('vector_points').where({ collection_id: collectionId }).whereRaw('id = any(?::uuid[])', [ids]).delete();
    await trx.raw('insert into vector_removals (collection_id, revision, point_id) select ?, ?, unnest(?::uuid[])', [
      collectionId,
      revision,
      ids,
    ]);
    await trx('vector_removals').whereRaw(`removed_at < now() - interval '${REMOVALS_KEPT}'`).delete();
    return true;
  });
}

/** The lock this takes makes changes visible in the order of their revisions. */
async function raiseRevision(trx: Knex, collectionId: string): Promise<number | null> {
  const [row] = await trx<CollectionRow>('vector_collections')
    .where({ id: collectionId })
    .increment('revision', 1)
    .returning('revision');
  return row?.revision ?? null;
}

/**
 * The points changed after a revision, in no order, some hundred at a time. A cursor reads them in one go: paging by
 * an order would sort the whole collection again for every page.
 */
export async function* streamChangedPoints(
  db: Knex,
  collectionId: string,
  afterRevision: number,
): AsyncIterable<IndexPoint[]> {
  const changed = db('vector_points')
    .select('id', 'audience', 'sparse_indices', 'sparse_values', 'dense')
    .where({ collection_id: collectionId })
    .where('revision', '>', afterRevision);
  const trx = await db.transaction();
  const fetchRows = async () => (await trx.raw(`fetch ${PAGE} from changed_points`)).rows as PointRow[];
  let next: Promise<PointRow[]> = Promise.resolve([]);
  try {
    // `declare` takes no bindings: knex writes the values, escaped, into the text.
    await trx.raw(`declare changed_points no scroll cursor for ${changed.toQuery()}`);
    next = fetchRows();
    for (let rows = await next; rows.length > 0; rows = await next) {
      // The database reads on while these are put into the index.
      next = fetchRows();
      // A failure is met at the next turn of the loop, not as an unhandled rejection before it.
      next.catch(() => {});
      yield rows.map(toIndexPoint);
    }
  } finally {
    await next.catch(() => {});
    await trx.rollback();
  }
}

/** Points removed after a revision and not put back since. */
export async function listRemovedIds(db: Knex, collectionId: string, afterRevision: number): Promise<string[]> {
  const rows: { point_id: string }[] = await db('vector_removals')
    .select('point_id')
    .where('collection_id', collectionId)
    .where('revision', '>', afterRevision);
  return rows.map((row) => row.point_id);
}

export async function countPoints(db: Knex, collectionId: string): Promise<number> {
  const [row] = await db('vector_points').where({ collection_id: collectionId }).count();
  return Number(row?.count ?? 0);
}

function toCollection(row: CollectionRow): VectorCollection {
  return { id: row.id, embeddingModel: row.embedding_model, dimension: row.dimension, revision: row.revision };
}

function toRow(point: VectorPoint, collectionId: string, revision: number) {
  return {
    collection_id: collectionId,
    id: point.id,
    document_id: point.documentId,
    source_id: point.sourceId,
    audience: point.audience,
    sparse_indices: toBytes(Uint32Array.from(point.sparse.indices)),
    sparse_values: toBytes(Float32Array.from(point.sparse.values)),
    dense: point.dense ? toBytes(point.dense) : null,
    revision,
  };
}

function toIndexPoint(row: PointRow): IndexPoint {
  return {
    id: row.id,
    audience: row.audience,
    terms: new Uint32Array(aligned(row.sparse_indices)),
    weights: new Float32Array(aligned(row.sparse_values)),
    dense: row.dense ? new Float32Array(aligned(row.dense)) : null,
  };
}

function toBytes(array: Uint32Array | Float32Array): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

/** A copy of its own: a Buffer may lie at any offset of a shared pool, typed arrays may not. */
function aligned(bytes: Buffer): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.length);
  new Uint8Array(copy).set(bytes);
  return copy;
}
