/** The share of the relevant passages that are among the first `k`. */
export function recallAt(k: number, ranked: string[], relevant: Set<string>): number {
  return ranked.slice(0, k).filter((id) => relevant.has(id)).length / relevant.size;
}

/** Normalised discounted cumulative gain: relevant passages count more the higher they stand. */
export function ndcgAt(k: number, ranked: string[], relevant: Set<string>): number {
  const gain = (position: number) => 1 / Math.log2(position + 2);
  const found = ranked.slice(0, k).reduce((sum, id, at) => sum + (relevant.has(id) ? gain(at) : 0), 0);
  const best = Array.from({ length: Math.min(k, relevant.size) }, (_, at) => gain(at)).reduce((a, b) => a + b, 0);
  return found / best;
}

/** How likely one of `positives` is above one of `negatives`: 1 tells them apart perfectly, 0.5 not at all. */
export function auroc(positives: number[], negatives: number[]): number {
  const wins = positives.flatMap((high) => negatives.map((low) => (high > low ? 1 : high === low ? 0.5 : 0)));
  return wins.length === 0 ? Number.NaN : mean(wins);
}

export function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
