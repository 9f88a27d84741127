import type { Settled } from './holds-repository.ts';
import { toDollars } from './money.ts';

/**
 * Said once after the answer whose charge brought the balance down to a fifth, and once at a twentieth. How much is left
 * is nobody else's business.
 */
export function balanceWarning(
  { percent, leftMicros }: NonNullable<Settled['warning']>,
  { accountUrl, isPrivate }: { accountUrl: string; isPrivate: boolean },
): string {
  if (!isPrivate) return `Your balance runs low. Add to it at ${accountUrl}.`;
  if (leftMicros === 0) return `That was the last of your balance. Add to it at ${accountUrl}.`;
  return `Less than ${percent}% of your balance is left: ${toDollars(leftMicros)}. Add to it at ${accountUrl}.`;
}
