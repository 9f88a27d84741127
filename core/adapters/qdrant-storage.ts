import type { QdrantClient } from '@qdrant/js-client-rest';

/** What the server says of a collection. */
export type CollectionInfo = Awaited<ReturnType<QdrantClient['getCollection']>>;

type Creation = Parameters<QdrantClient['createCollection']>[1];

/** How the operator wants collections kept; what is not said stays as the collection before had it. */
export interface QdrantStorage {
  shards?: number | undefined;
  replicas?: number | undefined;
  onDisk?: boolean | undefined;
  quantization?: 'none' | 'scalar' | 'binary' | undefined;
}

export interface KeptStorage
  extends Pick<
    Creation,
    | 'shard_number'
    | 'replication_factor'
    | 'write_consistency_factor'
    | 'on_disk_payload'
    | 'quantization_config'
    | 'strict_mode_config'
    | 'hnsw_config'
  > {
  vectorsOnDisk?: boolean | undefined;
}

/** Copies in memory keep searches fast while the whole vectors are on disk. */
const QUANTIZATIONS = {
  scalar: { scalar: { type: 'int8', always_ram: true } },
  binary: { binary: { always_ram: true } },
} as const;

/**
 * What to make a collection with: what the settings say, else what the one before it had. Shards are one unless told:
 * each counts for itself how rare words are, which makes the ranking worse.
 */
export function storageFor(wanted: QdrantStorage, before: CollectionInfo | null): KeptStorage {
  const config = before?.config;
  const { params, quantization_config, strict_mode_config } = config ?? {};
  const dense = params?.vectors && 'dense' in params.vectors ? params.vectors.dense : null;
  const wasOnDisk =
    typeof dense === 'object' && dense !== null && 'on_disk' in dense ? dense.on_disk === true : undefined;
  const { shards = 1, replicas = numberOf(params?.replication_factor), onDisk = wasOnDisk, quantization } = wanted;
  return {
    shard_number: shards,
    ...present('replication_factor', replicas),
    ...present('write_consistency_factor', numberOf(params?.write_consistency_factor)),
    ...present('on_disk_payload', wanted.onDisk ?? params?.on_disk_payload),
    ...present('vectorsOnDisk', onDisk),
    ...present('quantization_config', quantization ? findQuantization(quantization) : quantization_config),
    ...present('strict_mode_config', strict_mode_config),
    ...(config?.hnsw_config?.on_disk ? { hnsw_config: { on_disk: true } } : {}),
  };
}

function findQuantization(name: 'none' | 'scalar' | 'binary') {
  return name === 'none' ? undefined : QUANTIZATIONS[name];
}

/** A field where there is something to put into it. */
function present<Name extends string, Value>(name: Name, value: Value | null | undefined): { [key in Name]?: Value } {
  return value === undefined || value === null ? {} : ({ [name]: value } as { [key in Name]?: Value });
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

export interface QdrantLimits {
  /** Points in one request. */
  points: number;
  /** Hits of one query. */
  hits: number;
}

/** What strict mode allows, at most what we would want anyway. */
export function limitsOf(info: CollectionInfo, usual: QdrantLimits): QdrantLimits {
  const strict = info.config?.strict_mode_config;
  if (!strict?.enabled) return usual;
  return {
    points: Math.max(1, Math.min(usual.points, numberOf(strict.upsert_max_batchsize) ?? usual.points)),
    hits: Math.max(1, Math.min(usual.hits, numberOf(strict.max_query_limit) ?? usual.hits)),
  };
}

/** What to change of a collection that was made before a setting was; null when nothing differs. */
export function storageChanges(wanted: QdrantStorage, info: CollectionInfo) {
  const now = storageFor({}, info);
  const next = storageFor(wanted, info);
  if (!info.config?.params) return null;
  const quantization_config =
    wanted.quantization === 'none' ? ('Disabled' as const) : (next.quantization_config ?? undefined);
  const isSame = JSON.stringify({ ...now, shard_number: 1 }) === JSON.stringify({ ...next, shard_number: 1 });
  if (isSame) return null;
  return {
    ...(wanted.onDisk === undefined ? {} : { vectors: { dense: { on_disk: wanted.onDisk } } }),
    ...(wanted.quantization === undefined ? {} : { quantization_config }),
    params: {
      ...present('replication_factor', wanted.replicas),
      ...present('on_disk_payload', wanted.onDisk),
    },
  };
}
