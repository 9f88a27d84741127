import type { QdrantClient } from '@qdrant/js-client-rest';
import type { Logger } from '../ports/logger.ts';
import type { VectorQuery, VectorSearchResult } from '../ports/vector-store.ts';
import { FUSION } from '../retrieval/rank-fusion.ts';
import { DENSE, SPARSE } from './qdrant-collections.ts';
import { isUnknownThere, statusOf } from './qdrant-errors.ts';

type QueryRequest = Parameters<QdrantClient['query']>[1];
interface FoundPoint {
  id: string | number;
  score: number;
}

/** How servers answer to a field they do not know. */
const REFUSALS = [400, 422];

const NOTHING: VectorSearchResult = { hits: [], topLexicalScore: 0, topDenseScore: 0 };

/**
 * One fused query, and beside it the best score of each ranking, in one round trip. Servers before 1.17 know no
 * weights and some stand-ins no batches: what is refused once is not tried again.
 */
export function createQdrantSearch(options: { client: QdrantClient; collection: () => string; logger: Logger }) {
  const { client, collection, logger } = options;
  let knowsWeights = true;
  let knowsBatches = true;

  async function queryAll(requests: QueryRequest[]): Promise<FoundPoint[][]> {
    if (!knowsBatches) return queryEach(requests);
    try {
      const results = await client.queryBatch(collection(), { searches: requests });
      return results.map((result) => result.points);
    } catch (error) {
      if (!isRefused(error) && !isUnknownThere(error)) throw error;
      const found = await queryEach(requests);
      knowsBatches = false;
      return found;
    }
  }

  async function queryEach(requests: QueryRequest[]): Promise<FoundPoint[][]> {
    const results = await Promise.all(requests.map((request) => client.query(collection(), request)));
    return results.map((result) => result.points);
  }

  return async function search(query: VectorQuery): Promise<VectorSearchResult> {
    const rankings = toRankings(query);
    if (query.audience.length === 0 || rankings.length === 0) return NOTHING;
    const ask = (fusion: QueryRequest['query']) =>
      queryAll([
        { prefetch: rankings.map(({ request }) => request), query: fusion, limit: query.limit },
        ...rankings.map(({ request }) => ({ ...request, limit: 1 })),
      ]);
    const weights = rankings.map(({ weight }) => weight);
    const found = await askWeighted(ask, weights);
    const [fused = [], ...bests] = found;
    const topScore = (using: string) =>
      bests[rankings.findIndex((ranking) => ranking.using === using)]?.[0]?.score ?? 0;
    return {
      hits: fused.map(({ id, score }) => ({ id: String(id), score })),
      topLexicalScore: topScore(SPARSE),
      topDenseScore: topScore(DENSE),
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

function toRankings({ sparse, dense, audience }: VectorQuery) {
  const filter = { must: [{ key: 'audience', match: { any: [...audience] } }] };
  const limit = FUSION.candidates;
  return [
    ...(sparse.indices.length > 0
      ? [{ using: SPARSE, weight: FUSION.lexicalWeight, request: { query: sparse, using: SPARSE, filter, limit } }]
      : []),
    ...(dense
      ? [{ using: DENSE, weight: FUSION.denseWeight, request: { query: [...dense], using: DENSE, filter, limit } }]
      : []),
  ];
}
