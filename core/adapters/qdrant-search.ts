import type { QdrantClient } from '@qdrant/js-client-rest';
import type { Logger } from '../ports/logger.ts';
import type { SparseVector, VectorQuery, VectorSearchResult } from '../ports/vector-store.ts';
import { FUSION } from '../retrieval/rank-fusion.ts';
import { DENSE, SPARSE } from './qdrant-collections.ts';
import { isUnknownThere, statusOf } from './qdrant-errors.ts';
import type { QdrantServers } from './qdrant-servers.ts';

type QueryRequest = Parameters<QdrantClient['query']>[1];
interface FoundPoint {
  id: string | number;
  score: number;
  vector?: unknown;
}

/** Most that is asked for in one query. */
export const MOST_HITS = Math.max(FUSION.candidates, 100);

/** How servers answer to a field they do not know. */
const REFUSALS = [400, 403, 422];

const NOTHING: VectorSearchResult = { hits: [], topLexicalScore: 0, topDenseScore: 0 };

/**
 * One fused query, and beside it the best score of each ranking, in one round trip. Servers before 1.17 know no
 * weights and some stand-ins no batches: what is refused once is not tried again.
 */
export function createQdrantSearch(options: { servers: QdrantServers; logger: Logger }) {
  const { servers, logger } = options;
  let knowsWeights = true;
  let knowsBatches = true;

  async function queryAll(collection: string, requests: QueryRequest[]): Promise<FoundPoint[][]> {
    if (!knowsBatches) return queryEach(collection, requests);
    try {
      const results = await servers.reading((client) => client.queryBatch(collection, { searches: requests }));
      return results.map((result) => result.points);
    } catch (error) {
      if (!isRefused(error) && !isUnknownThere(error)) throw error;
      const found = await queryEach(collection, requests);
      knowsBatches = false;
      return found;
    }
  }

  async function queryEach(collection: string, requests: QueryRequest[]): Promise<FoundPoint[][]> {
    const results = await Promise.all(
      requests.map((request) => servers.reading((client) => client.query(collection, request))),
    );
    return results.map((result) => result.points);
  }

  return async function search(
    collection: string,
    query: VectorQuery,
    { mostHits }: { mostHits: number },
  ): Promise<VectorSearchResult> {
    const rankings = toRankings(query, Math.min(FUSION.candidates, mostHits));
    if (query.audience.length === 0 || rankings.length === 0) return NOTHING;
    const ask = (fusion: QueryRequest['query']) =>
      queryAll(collection, [
        {
          prefetch: rankings.map(({ request }) => request),
          query: fusion,
          limit: Math.min(query.limit, mostHits),
          with_payload: false,
        },
        ...rankings.map(({ using, request }) => ({
          ...request,
          limit: 1,
          with_payload: false,
          ...(using === SPARSE ? { with_vector: [SPARSE] } : {}),
        })),
      ]);
    const weights = rankings.map(({ weight }) => weight);
    const found = await askWeighted(ask, weights);
    const [fused = [], ...bests] = found;
    const best = (using: string) => bests[rankings.findIndex((ranking) => ranking.using === using)]?.[0];
    const topLexical = readSparse(best(SPARSE)?.vector);
    return {
      hits: fused.map(({ id, score }) => ({ id: String(id), score })),
      topLexicalScore: best(SPARSE)?.score ?? 0,
      topDenseScore: best(DENSE)?.score ?? 0,
      ...(topLexical ? { topLexical } : {}),
    };
  };

  async function askWeighted(
    ask: (fusion: QueryRequest['query']) => Promise<FoundPoint[][]>,
    weights: number[],
  ): Promise<FoundPoint[][]> {
    if (!knowsWeights) return ask({ fusion: 'rrf' });
    try {
      return await ask({ rrf: { k: FUSION.k, weights } });
    } catch (error) {
      if (!isRefused(error)) throw error;
      const found = await ask({ fusion: 'rrf' });
      knowsWeights = false;
      logger.warn({}, 'this Qdrant is older than 1.17: words and meaning are fused without weights');
      return found;
    }
  }
}

function isRefused(error: unknown): boolean {
  return REFUSALS.includes(statusOf(error) ?? 0);
}

/** Whether it comes at all, and in which shape, depends on the server. */
function readSparse(vector: unknown): SparseVector | null {
  const named = (vector as Record<string, SparseVector> | undefined)?.[SPARSE];
  return Array.isArray(named?.indices) && Array.isArray(named.values) ? named : null;
}

function toRankings({ sparse, dense, audience }: VectorQuery, limit: number) {
  const filter = { must: [{ key: 'audience', match: { any: [...audience] } }] };
  return [
    ...(sparse.indices.length > 0
      ? [{ using: SPARSE, weight: FUSION.lexicalWeight, request: { query: sparse, using: SPARSE, filter, limit } }]
      : []),
    ...(dense
      ? [{ using: DENSE, weight: FUSION.denseWeight, request: { query: [...dense], using: DENSE, filter, limit } }]
      : []),
  ];
}
