import type { QdrantClient } from '@qdrant/js-client-rest';
import { statusOf } from './qdrant-errors.ts';

/** Names of the two vectors of each point. */
export const DENSE = 'dense';
export const SPARSE = 'sparse';
/** Payload fields that are filtered by. */
const INDEXED_FIELDS = ['audience', 'source_id', 'document_id'];

export interface Embedding {
  model: string;
  /** null while it is unknown: the collection then has words alone. */
  dimension: number | null;
}

/** One collection per embedding model and dimension, so that vectors of two models never meet. */
export function collectionName(alias: string, { model, dimension }: Embedding): string {
  const slug = model
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60);
  return dimension === null ? `${alias}_words` : `${alias}_${slug}_${dimension}`;
}

export async function findAliased(client: QdrantClient, alias: string): Promise<string | null> {
  const { aliases } = await client.getAliases();
  return aliases.find((entry) => entry.alias_name === alias)?.collection_name ?? null;
}

/** Creates the collection unless it is there; several processes may do so at once. */
export async function ensureCollection(client: QdrantClient, name: string, dimension: number | null): Promise<void> {
  if ((await client.collectionExists(name)).exists) return;
  try {
    await client.createCollection(name, {
      vectors: dimension === null ? {} : { [DENSE]: { size: dimension, distance: 'Cosine' } },
      sparse_vectors: { [SPARSE]: { modifier: 'idf' } },
    });
  } catch (error) {
    if (statusOf(error) !== 409 && !(await client.collectionExists(name)).exists) throw error;
  }
  for (const field_name of INDEXED_FIELDS) {
    await client.createPayloadIndex(name, { field_name, field_schema: 'keyword', wait: true });
  }
}

/** Points the alias elsewhere in one step: no search ever finds it missing. */
export async function pointAlias(client: QdrantClient, alias: string, name: string, isTaken: boolean): Promise<void> {
  const create = { create_alias: { alias_name: alias, collection_name: name } };
  const actions = isTaken ? [{ delete_alias: { alias_name: alias } }, create] : [create];
  await client.updateCollectionAliases({ actions });
}
