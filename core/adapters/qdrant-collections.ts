import type { QdrantClient } from '@qdrant/js-client-rest';
import { isUnknownThere, statusOf } from './qdrant-errors.ts';

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

/** The collection that an alias stands for; null when it stands for none. */
export async function findAliased(client: QdrantClient, alias: string): Promise<string | null> {
  const { aliases } = await orElse(client.getAliases(), { aliases: [] });
  return aliases.find((entry) => entry.alias_name === alias)?.collection_name ?? null;
}

/** Servers before 1.8 cannot be asked whether a collection exists: they are asked for it. */
export async function hasCollection(client: QdrantClient, name: string): Promise<boolean> {
  const answer = await orElse(client.collectionExists(name), null);
  return answer ? answer.exists : (await orElse(client.getCollection(name), null)) !== null;
}

/** Creates the collection unless it is there; several processes may do so at once. */
export async function ensureCollection(client: QdrantClient, name: string, dimension: number | null): Promise<void> {
  if (await hasCollection(client, name)) return;
  try {
    await client.createCollection(name, {
      vectors: dimension === null ? {} : { [DENSE]: { size: dimension, distance: 'Cosine' } },
      sparse_vectors: { [SPARSE]: { modifier: 'idf' } },
    });
  } catch (error) {
    if (statusOf(error) !== 409 && !(await hasCollection(client, name))) throw error;
  }
  for (const field_name of INDEXED_FIELDS) {
    // Only faster with it.
    await orElse(client.createPayloadIndex(name, { field_name, field_schema: 'keyword', wait: true }), null);
  }
}

/**
 * Points the alias elsewhere in one step: no search ever finds it missing.
 * @returns what to address the points by: the alias, or the collection itself on a server without aliases
 */
export async function pointAlias(client: QdrantClient, alias: string, name: string, isTaken: boolean): Promise<string> {
  const create = { create_alias: { alias_name: alias, collection_name: name } };
  const actions = isTaken ? [{ delete_alias: { alias_name: alias } }, create] : [create];
  await orElse(client.updateCollectionAliases({ actions }), null);
  return (await orElse(client.count(alias, { exact: false }), null)) ? alias : name;
}

async function orElse<Answer, Other>(answer: Promise<Answer>, other: Other): Promise<Answer | Other> {
  try {
    return await answer;
  } catch (error) {
    if (isUnknownThere(error)) return other;
    throw error;
  }
}
