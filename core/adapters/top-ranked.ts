export interface Ranked {
  slot: number;
  score: number;
}

/**
 * Keeps the best `limit` of many scores in a small heap with the worst on top, so that most candidates cost one
 * comparison. Equal scores are ordered by `comesBefore`, which makes rankings repeatable.
 */
export function createTopRanked(limit: number, comesBefore: (a: number, b: number) => boolean) {
  const heap: Ranked[] = [];
  const isWorse = (a: Ranked, b: Ranked) => a.score < b.score || (a.score === b.score && comesBefore(b.slot, a.slot));

  function siftUp(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!swapIfWorse(at, parent)) return;
      at = parent;
    }
  }

  function siftDown(): void {
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const worst = right < heap.length && isWorse(heap[right] as Ranked, heap[left] as Ranked) ? right : left;
      if (!swapIfWorse(worst, at)) return;
      at = worst;
    }
  }

  function swapIfWorse(child: number, parent: number): boolean {
    const lower = heap[child] as Ranked;
    const upper = heap[parent] as Ranked;
    if (!isWorse(lower, upper)) return false;
    heap[child] = upper;
    heap[parent] = lower;
    return true;
  }

  return {
    offer(slot: number, score: number): void {
      if (heap.length < limit) {
        heap.push({ slot, score });
        siftUp(heap.length - 1);
        return;
      }
      const worst = heap[0];
      if (!worst || score < worst.score) return;
      const candidate = { slot, score };
      if (!isWorse(worst, candidate)) return;
      heap[0] = candidate;
      siftDown();
    },
    /** Best first. */
    ranked: (): Ranked[] => heap.toSorted((a, b) => (isWorse(a, b) ? 1 : -1)),
  };
}
