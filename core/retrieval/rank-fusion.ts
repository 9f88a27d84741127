/**
 * How both stores fuse the two rankings, measured with `npm run eval`. Words weigh more than meaning because the
 * bundled model is small; `k` flattens the ranks, so that a passage good in both beats one that is first in one.
 */
export const FUSION = {
  k: 10,
  lexicalWeight: 1,
  denseWeight: 0.2,
  /** Candidates each ranking hands in. */
  candidates: 100,
} as const;

/**
 * Weighted reciprocal rank as Qdrant defines it since 1.17: a weight stretches positions instead of scaling scores.
 * @param position from 0
 */
export function reciprocalRank(position: number, weight: number): number {
  return 1 / ((position + 1) / weight + FUSION.k - 1);
}
