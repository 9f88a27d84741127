import { createHash, randomBytes } from 'node:crypto';
import type { QdrantClient } from '@qdrant/js-client-rest';
import { isUnknownThere, statusOf } from './qdrant-errors.ts';
import type { CollectionInfo, KeptStorage } from './qdrant-storage.ts';

/** Names of the two vectors of each point. */
export const DENSE = 'dense';
export const SPARSE = 'sparse';
/** Payload fields that are filtered by. */
const INDEXED_FIELDS = ['audience', 'source_id', 'document_id'];
/** As many of the points of a collection without a mark are looked at to tell whose they are. */
const SAMPLE = 100;

export interface Embedding {
  model: string;
  /** null while it is unknown: the collection then has words alone. */
  dimension: number | null;
}

/** What the collections behind an alias are called. */
export interface CollectionNames {
  /** For a new one. No two are alike, so that a name also says which filling of the index is meant. */
  create(embedding: Embedding): string;
  /** Whether this installation made it. */
  isOurs(name: string): boolean;
  /** Whether it was made before collections carried whose they are. */
  isUnmarked(name: string): boolean;
  /** Whether it holds vectors of exactly this model. */
  fits(name: string, embedding: Embedding): boolean;
}

/** A collection's name says whose it is and which embedding model its vectors are of, so that two never meet. */
export function createCollectionNames(alias: string, installationId: string): CollectionNames {
  const ours = `${alias}_${installationId.replaceAll('-', '').slice(0, 12)}_`;
  const prefixOf = ({ model, dimension }: Embedding): string => {
    if (dimension === null) return `${ours}words_`;
    const slug = model
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 60);
    // Two models may be written alike.
    return `${ours}${slug}_${dimension}_${createHash('sha256').update(model).digest('hex').slice(0, 6)}_`;
  };
  return {
    create: (embedding) => `${prefixOf(embedding)}${randomBytes(4).toString('hex')}`,
    isOurs: (name) => name.startsWith(ours),
    isUnmarked: (name) => name.startsWith(`${alias}_`) && !/^[0-9a-f]{12}_/.test(name.slice(alias.length + 1)),
    fits: (name, embedding) => embedding.dimension !== null && name.startsWith(prefixOf(embedding)),
  };
}

/** The collection that an alias stands for; null when it stands for none. Without aliases it is one with our name. */
export async function findAliased(client: QdrantClient, alias: string, names: CollectionNames): Promise<string | null> {
  const known = await orElse(client.getAliases(), null);
  if (known) return known.aliases.find((entry) => entry.alias_name === alias)?.collection_name ?? null;
  return (await listOurs(client, names))[0] ?? null;
}

/** All collections of this installation, those that were never finished too. */
export async function listOurs(client: QdrantClient, names: CollectionNames): Promise<string[]> {
  const { collections } = await orElse(client.getCollections(), { collections: [] });
  return collections.map(({ name }) => name).filter(names.isOurs);
}

/** What the server says of a collection; null when there is none of that name. */
export async function inspectCollection(client: QdrantClient, name: string): Promise<CollectionInfo | null> {
  return orElse(client.getCollection(name), null);
}

/** Ids of some of its points. */
export async function samplePoints(client: QdrantClient, name: string): Promise<string[]> {
  const { points } = await client.scroll(name, { limit: SAMPLE, with_payload: false, with_vector: false });
  return points.map(({ id }) => String(id));
}

export async function createCollection(
  client: QdrantClient,
  name: string,
  { dimension, storage }: { dimension: number | null; storage: KeptStorage },
): Promise<void> {
  const { vectorsOnDisk, ...params } = storage;
  const onDisk = vectorsOnDisk === undefined ? {} : { on_disk: vectorsOnDisk };
  await client.createCollection(name, {
    ...params,
    vectors: dimension === null ? {} : { [DENSE]: { size: dimension, distance: 'Cosine', ...onDisk } },
    sparse_vectors: { [SPARSE]: { modifier: 'idf' } },
  });
  await ensurePayloadIndexes(client, name, {});
}

/** Somebody may have dropped them; without them filters are slow, and refused in strict mode. */
export async function ensurePayloadIndexes(client: QdrantClient, name: string, present: object): Promise<void> {
  for (const field_name of INDEXED_FIELDS.filter((field) => !(field in present))) {
    // Some small stand-ins do not know them.
    await orElse(client.createPayloadIndex(name, { field_name, field_schema: 'keyword', wait: true }), null);
  }
}

/** What keeps a collection from being searched as we do it, in words; null when nothing does. */
export function findMisfit({ config }: CollectionInfo, dimension: number | null): string | null {
  // Not all stand-ins tell.
  if (!config?.params) return null;
  const { vectors, sparse_vectors } = config.params;
  if (sparse_vectors?.[SPARSE]?.modifier !== 'idf') return 'it does not weigh words by how rare they are (idf)';
  if (dimension === null) return null;
  const dense =
    vectors && DENSE in vectors ? (vectors as Record<string, { size: number; distance: string }>)[DENSE] : null;
  if (!dense) return 'it has no place for vectors';
  if (dense.size !== dimension) return `its vectors have ${dense.size} dimensions instead of ${dimension}`;
  return dense.distance === 'Cosine' ? null : `it compares vectors by ${dense.distance} instead of Cosine`;
}

/** Points the alias elsewhere in one step: no search ever finds it missing. */
export async function pointAlias(client: QdrantClient, alias: string, name: string, isTaken: boolean): Promise<void> {
  const create = { create_alias: { alias_name: alias, collection_name: name } };
  const actions = isTaken ? [{ delete_alias: { alias_name: alias } }, create] : [create];
  await orElse(client.updateCollectionAliases({ actions }), null);
}

/** Whether a collection, not an alias, has that name: nothing of ours. */
export async function isNameTaken(client: QdrantClient, alias: string): Promise<boolean> {
  const answer = await orElse(client.collectionExists(alias), null);
  return answer?.exists ?? false;
}

async function orElse<Answer, Other>(answer: Promise<Answer>, other: Other): Promise<Answer | Other> {
  try {
    return await answer;
  } catch (error) {
    if (isUnknownThere(error)) return other;
    throw error;
  }
}

/** Whether a collection is no longer there. */
export function isGone(error: unknown): boolean {
  return statusOf(error) === 404;
}
