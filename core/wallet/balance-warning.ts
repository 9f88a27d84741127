import type { Settled } from './holds-repository.ts';
import { toDollars } from './money.ts';

/** Said once after the answer whose charge brought the balance down to a fifth, and once at a twentieth. */
export function balanceWarning(warning: NonNullable<Settled['warning']>, accountUrl: string): string {
  const left = toDollars(warning.leftMicros);
  if (warning.leftMicros === 0) return `That was the last of your balance. More at ${accountUrl}.`;
  return `Less than ${warning.percent}% of your balance is left: ${left}. More at ${accountUrl}.`;
}
