/**
 * Lets `perSecond` things happen each second, and as many at once after a pause.
 * @param now milliseconds, from any start
 */
export function createAllowance({ perSecond, now }: { perSecond: number; now: () => number }): () => boolean {
  if (perSecond === Number.POSITIVE_INFINITY) return () => true;
  let left = perSecond;
  let countedAt = now();
  return function take() {
    const time = now();
    left = Math.min(perSecond, left + ((time - countedAt) / 1000) * perSecond);
    countedAt = time;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
