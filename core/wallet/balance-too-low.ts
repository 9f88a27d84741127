import { AppError } from '../errors.ts';
import { toDollars } from './money.ts';
import type { Wallet } from './wallet.ts';

export interface WaysOn {
  /** Where people recharge, and keep a model key of their own. */
  accountUrl: string;
  canRecharge: boolean;
  freeDailyMicros: number;
}

/** Why an answer is not written, and how to get one all the same. */
export function balanceTooLow(
  wallet: Wallet,
  { neededMicros, isPrivate, ...ways }: WaysOn & { neededMicros: number; isPrivate: boolean },
): AppError {
  // Others who read along need not know how much somebody has.
  const why = isPrivate ? explain(wallet, neededMicros) : 'Your balance does not cover this answer.';
  return new AppError('balance_too_low', `${why} ${listWays(wallet, ways)}`);
}

function explain(wallet: Wallet, neededMicros: number): string {
  if (wallet.isFrozen) {
    const owed = wallet.owedMicros > 0 ? `, and ${toDollars(wallet.owedMicros)} of it is still owed` : '';
    return `Your wallet is frozen, because a payment was taken back${owed}.`;
  }
  const left = wallet.balanceMicros - wallet.heldMicros;
  if (left <= 0) return 'Your balance is used up.';
  return `Your balance is ${toDollars(left)}, and this answer can cost ${toDollars(neededMicros)} or more.`;
}

function listWays({ isFrozen, owedMicros }: Wallet, { accountUrl, canRecharge, freeDailyMicros }: WaysOn): string {
  // A payment that is still disputed cannot be made up for by another one.
  const helps = !isFrozen || owedMicros > 0;
  const ways = [
    helps && (canRecharge ? `recharge at ${accountUrl}` : 'ask whoever runs this assistant to add to your balance'),
    `save a model key of your own at ${accountUrl}`,
    freeDailyMicros > 0 && `wait until 00:00 UTC for the next free ${toDollars(freeDailyMicros)}`,
  ].filter((way) => way !== false);
  return `You can ${ways.slice(0, -1).join(', ')}${ways.length > 1 ? ', or ' : ''}${ways.at(-1)}.`;
}
