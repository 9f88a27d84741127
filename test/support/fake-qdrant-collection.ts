/** What one collection of the fake Qdrant holds and how it is searched; see fake-qdrant.ts for the wire. */

export type PointId = string | number;
export interface Sparse {
  indices: number[];
  values: number[];
}
export interface Point {
  id: PointId;
  vector: Record<string, number[] | Sparse>;
  payload: Record<string, unknown>;
}
export interface Scored {
  id: PointId;
  score: number;
}
export interface CollectionConfig {
  vectors?: Record<string, { size: number; distance: string; on_disk?: boolean }>;
  sparse_vectors?: Record<string, { modifier?: string }>;
  shard_number?: number;
  replication_factor?: number;
  on_disk_payload?: boolean;
  quantization_config?: object;
  strict_mode_config?: StrictMode;
}
export interface StrictMode {
  enabled?: boolean;
  upsert_max_batchsize?: number;
  max_query_limit?: number;
  unindexed_filtering_retrieve?: boolean;
}
interface Condition {
  key?: string;
  match?: { value?: unknown; any?: unknown[]; except?: unknown[] };
  must?: Condition[];
  should?: Condition[];
  must_not?: Condition[];
  has_id?: PointId[];
}
export type Filter = Condition;
export interface Query {
  prefetch?: Query | Query[];
  query?: number[] | Sparse | { fusion: string } | { rrf: { k?: number; weights?: number[] } };
  using?: string;
  filter?: Filter;
  limit?: number;
  with_vector?: boolean | string[];
}

export class Refusal extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;
  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DEFAULT_RRF_K = 2;

export function createCollection(config: CollectionConfig) {
  const points = new Map<PointId, Point>();
  const indexes = new Set<string>();
  /** What deleted points leave behind until a segment is loaded anew: they go on counting for idf. */
  const ghosts: Sparse[] = [];

  function checkStrictly(problem: string, isWrong: (strict: StrictMode) => boolean): void {
    const strict = config.strict_mode_config;
    if (strict?.enabled && isWrong(strict)) throw new Refusal(400, `Bad request: ${problem}`);
  }

  function checkPoint(point: Point): void {
    const isId = typeof point.id === 'string' ? UUID.test(point.id) : Number.isInteger(point.id) && point.id >= 0;
    if (!isId) {
      throw new Refusal(
        400,
        `value ${point.id} is not a valid point ID, valid values are either an unsigned integer or a UUID`,
      );
    }
    for (const [name, vector] of Object.entries(point.vector)) checkVector(name, vector);
  }

  function checkVector(name: string, vector: number[] | Sparse): void {
    if (!Array.isArray(vector)) {
      if (!config.sparse_vectors?.[name])
        throw new Refusal(400, `Wrong input: Not existing vector name error: ${name}`);
      if (new Set(vector.indices).size !== vector.indices.length) throw new Refusal(422, 'indices must be unique');
      if (vector.indices.length !== vector.values.length) throw new Refusal(422, 'must be the same length as indices');
      return;
    }
    const size = config.vectors?.[name]?.size;
    if (size === undefined) throw new Refusal(400, `Wrong input: Not existing vector name error: ${name}`);
    if (vector.length !== size) {
      throw new Refusal(400, `Wrong input: Vector dimension error: expected dim: ${size}, got ${vector.length}`);
    }
  }

  function nearest(query: number[] | Sparse, using: string, filter: Filter | undefined): Scored[] {
    checkVector(using, query);
    const score = Array.isArray(query) ? denseScorer(query, using) : sparseScorer(query, using);
    return [...points.values()]
      .filter((point) => point.vector[using] !== undefined && (!filter || matches(point, filter)))
      .map((point) => ({ id: point.id, score: score(point.vector[using]!) }))
      .filter((scored) => Array.isArray(query) || scored.score > 0)
      .sort(byScore);
  }

  function sparseScorer(query: Sparse, using: string): (vector: number[] | Sparse) => number {
    const living = [...points.values()].map((point) => point.vector[using]).filter((vector) => isSparse(vector));
    const stored = [...living, ...ghosts];
    const isIdf = config.sparse_vectors?.[using]?.modifier === 'idf';
    const weights = new Map(
      query.indices.map((index, at) => {
        const containing = stored.filter((vector) => vector.indices.includes(index)).length;
        const idf = Math.log(1 + (stored.length - containing + 0.5) / (containing + 0.5));
        return [index, (query.values[at] ?? 0) * (isIdf ? idf : 1)];
      }),
    );
    return (vector) =>
      isSparse(vector)
        ? vector.indices.reduce((sum, index, at) => sum + (weights.get(index) ?? 0) * (vector.values[at] ?? 0), 0)
        : 0;
  }

  function run(query: Query): Scored[] {
    const limit = query.limit ?? 10;
    checkStrictly(
      `Limit exceeded ${limit} for "limit". Help: Reduce the "limit" parameter.`,
      ({ max_query_limit = Number.POSITIVE_INFINITY }) => limit > max_query_limit,
    );
    checkStrictly(
      'Index required but not found for filter. Help: Create an index for this key or use a different filter.',
      (strict) =>
        strict.unindexed_filtering_retrieve === false && keysOf(query.filter).some((key) => !indexes.has(key)),
    );
    const prefetches = [query.prefetch ?? []].flat();
    const { query: what } = query;
    if (what === undefined) throw new Refusal(400, 'the fake answers only queries');
    if (Array.isArray(what) || 'indices' in what) {
      return nearest(what, query.using ?? '', query.filter).slice(0, limit);
    }
    if (prefetches.length === 0) throw new Refusal(400, 'Fusion queries cannot be combined without prefetches');
    const { k, weights } = 'rrf' in what ? what.rrf : {};
    if (weights && weights.length !== prefetches.length) {
      throw new Refusal(400, 'Number of weights in RRF should match number of pre-fetches');
    }
    return fuse(prefetches.map(run), k ?? DEFAULT_RRF_K, weights).slice(0, limit);
  }

  return {
    points,
    config,
    indexes,
    remove(ids: PointId[]): void {
      for (const id of ids) {
        const vectors = Object.values(points.get(id)?.vector ?? {});
        if (points.delete(id)) ghosts.push(...vectors.filter((vector) => isSparse(vector)));
      }
    },
    upsert(added: Point[]): void {
      checkStrictly(
        `Upsert limit exceeded ${added.length} points. Help: Reduce the number of points.`,
        ({ upsert_max_batchsize = Number.POSITIVE_INFINITY }) => added.length > upsert_max_batchsize,
      );
      added.forEach(checkPoint);
      for (const point of added) points.set(point.id, { ...point, payload: point.payload ?? {} });
    },
    run,
    list(filter: Filter | undefined): Point[] {
      return [...points.values()]
        .filter((point) => !filter || matches(point, filter))
        .sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1));
    },
  };
}

export type Collection = ReturnType<typeof createCollection>;

function denseScorer(query: number[], _using: string): (vector: number[] | Sparse) => number {
  const unit = toUnit(query);
  return (vector) =>
    isSparse(vector) ? 0 : toUnit(vector).reduce((sum, value, at) => sum + value * (unit[at] ?? 0), 0);
}

function toUnit(vector: number[]): number[] {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

/** Weights stretch positions, as documented for 1.17: 1 / ((position + 1) / weight + k - 1). */
function fuse(rankings: Scored[][], k: number, weights: number[] | undefined): Scored[] {
  const scores = new Map<PointId, number>();
  rankings.forEach((ranking, source) => {
    const weight = weights?.[source] ?? 1;
    ranking.forEach(({ id }, position) => {
      const score = weight > 0 ? 1 / ((position + 1) / weight + k - 1) : 0;
      scores.set(id, (scores.get(id) ?? 0) + score);
    });
  });
  return [...scores].map(([id, score]) => ({ id, score })).sort(byScore);
}

function byScore(a: Scored, b: Scored): number {
  return b.score - a.score || (String(a.id) < String(b.id) ? -1 : 1);
}

function isSparse(vector: number[] | Sparse | undefined): vector is Sparse {
  return vector !== undefined && !Array.isArray(vector);
}

function keysOf(filter: Filter | undefined): string[] {
  return [...(filter?.must ?? []), ...(filter?.should ?? [])].flatMap(({ key }) => key ?? []);
}

function matches(point: Point, filter: Condition): boolean {
  if (filter.has_id) return filter.has_id.includes(point.id);
  if (filter.key !== undefined) return matchesField(point.payload[filter.key], filter.match ?? {});
  const { must = [], should = [], must_not = [] } = filter;
  return (
    must.every((condition) => matches(point, condition)) &&
    !must_not.some((condition) => matches(point, condition)) &&
    (should.length === 0 || should.some((condition) => matches(point, condition)))
  );
}

function matchesField(field: unknown, match: NonNullable<Condition['match']>): boolean {
  const values = [field].flat();
  if (match.any) return values.some((value) => match.any?.includes(value));
  if (match.except) return values.some((value) => !match.except?.includes(value));
  return values.includes(match.value);
}
