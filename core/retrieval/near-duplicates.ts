/** Passages that share this much of their word triples tell the same: mirrored pages, versions of one document. */
const SAME = 0.8;
const SHINGLE = 3;

/** Keeps the first, thus best, of texts that are almost the same; no more than `atMost` of them are looked for. */
export function withoutNearDuplicates<T>(
  items: T[],
  shinglesOf: (item: T) => Set<string>,
  { atMost = Number.POSITIVE_INFINITY } = {},
): T[] {
  const kept: { item: T; shingles: Set<string> }[] = [];
  for (const item of items) {
    if (kept.length >= atMost) break;
    const shingles = shinglesOf(item);
    if (!kept.some((other) => jaccard(shingles, other.shingles) >= SAME)) kept.push({ item, shingles });
  }
  return kept.map(({ item }) => item);
}

/** What `withoutNearDuplicates` compares: the triples of successive words. */
export function toShingles(words: string[]): Set<string> {
  if (words.length < SHINGLE) return new Set([words.join(' ')]);
  return new Set(words.slice(SHINGLE - 1).map((_, at) => words.slice(at, at + SHINGLE).join(' ')));
}

function jaccard(a: Set<string>, b: Set<string>): number {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  if (small.size < large.size * SAME) return 0;
  let shared = 0;
  for (const shingle of small) if (large.has(shingle)) shared += 1;
  return shared / (a.size + b.size - shared);
}
