import type { AnswerPayments } from './answer-payments.ts';
import { spendableMicros } from './wallet.ts';
import type { Wallets } from './wallets.ts';

/** What somebody can spend, as they are told when they ask. */
export interface WalletSummary {
  /** Whether answers cost whoever asks anything at all. */
  isPaid: boolean;
  balanceMicros: number;
  freeDailyMicros: number;
  freeLeftMicros: number;
  owedMicros: number;
  isFrozen: boolean;
  canRecharge: boolean;
  /** Where people recharge and see what they spent. */
  accountUrl: string;
}

export interface WalletSummaryOptions {
  wallets: Pick<Wallets, 'openForToday' | 'freeDailyMicros'>;
  payments: Pick<AnswerPayments, 'isOn'>;
  canRecharge: boolean;
  accountUrl: string;
}

/** What a person is shown of their wallet where they chat. */
export function createWalletSummary({ wallets, payments, canRecharge, accountUrl }: WalletSummaryOptions) {
  /** @throws AppError `not_found` for somebody who has been erased */
  return async function summariseWallet(userId: string): Promise<WalletSummary> {
    const wallet = await wallets.openForToday(userId);
    return {
      isPaid: payments.isOn,
      balanceMicros: wallet.balanceMicros,
      freeDailyMicros: wallets.freeDailyMicros,
      freeLeftMicros: spendableMicros(wallet, 'free'),
      owedMicros: wallet.owedMicros,
      isFrozen: wallet.isFrozen,
      canRecharge,
      accountUrl,
    };
  };
}
