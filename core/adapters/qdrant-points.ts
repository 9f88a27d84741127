import type { QdrantClient } from '@qdrant/js-client-rest';
import type { VectorPoint } from '../ports/vector-store.ts';
import { DENSE, SPARSE } from './qdrant-collections.ts';
import { isTooMuch, isUnknownThere } from './qdrant-errors.ts';

type UpsertedPoint = Extract<Parameters<QdrantClient['upsert']>[1], { points: unknown }>['points'][number];

/** Writes points in requests as large as the server takes: what is refused for its size is sent in halves. */
export async function upsertInBatches(
  upsert: (points: UpsertedPoint[]) => Promise<unknown>,
  points: UpsertedPoint[],
  atOnce: number,
): Promise<void> {
  for (let at = 0; at < points.length; ) {
    const batch = points.slice(at, at + atOnce);
    try {
      await upsert(batch);
      at += batch.length;
    } catch (error) {
      if (batch.length === 1 || !isTooMuch(error)) throw error;
      atOnce = Math.ceil(batch.length / 2);
    }
  }
}

/** Changes who may see the points of a source, in one request; their vectors stay. */
export async function setAudienceOfSource(
  client: QdrantClient,
  collection: string,
  { sourceId, audience, atOnce }: { sourceId: string; audience: string[]; atOnce: number },
): Promise<void> {
  const filter = { must: [{ key: 'source_id', match: { value: sourceId } }] };
  try {
    await client.setPayload(collection, { payload: { audience }, filter, wait: true });
  } catch (error) {
    if (!isUnknownThere(error)) throw error;
    await rewritePayloads();
  }

  /** For servers and stand-ins without that route. */
  async function rewritePayloads(): Promise<void> {
    let offset: string | number | undefined;
    do {
      const page = await client.scroll(collection, {
        filter,
        limit: atOnce,
        with_vector: true,
        with_payload: true,
        ...(offset === undefined ? {} : { offset }),
      });
      const points = page.points.map(({ id, vector, payload }) => ({
        id,
        vector: vector ?? {},
        payload: { ...payload, audience },
      }));
      if (points.length > 0) await client.upsert(collection, { wait: true, points: points as UpsertedPoint[] });
      offset = typeof page.next_page_offset === 'object' ? undefined : (page.next_page_offset ?? undefined);
    } while (offset !== undefined);
  }
}

export function toQdrantPoint(point: VectorPoint, withDense: boolean): UpsertedPoint {
  return {
    id: point.id,
    vector: {
      ...(point.sparse.indices.length > 0 ? { [SPARSE]: point.sparse } : {}),
      ...(withDense && point.dense ? { [DENSE]: [...point.dense] } : {}),
    },
    payload: { audience: point.audience, source_id: point.sourceId, document_id: point.documentId },
  };
}
