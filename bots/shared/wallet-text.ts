import { toDollars } from '../../core/wallet/money.ts';
import type { WalletSummary } from '../../core/wallet/wallet-summary.ts';

/** What somebody can spend and how to add to it, in Markdown. */
export function walletText(wallet: WalletSummary): string {
  const { balanceMicros, freeDailyMicros, freeLeftMicros, owedMicros, isFrozen, accountUrl } = wallet;
  if (!wallet.isPaid && balanceMicros === 0) return `Answers cost you nothing here. What they took: ${accountUrl}`;
  return [
    `Your balance is **${toDollars(balanceMicros)}**.`,
    ...(isFrozen
      ? [`It is frozen, because a payment was taken back${owedMicros > 0 ? `: ${toDollars(owedMicros)} is owed` : ''}.`]
      : []),
    ...(freeDailyMicros > 0
      ? [`Today ${toDollars(freeLeftMicros)} of ${toDollars(freeDailyMicros)} is free, anew at 00:00 UTC.`]
      : []),
    wallet.canRecharge
      ? `Recharge it, and see what you spent: ${accountUrl}`
      : `What you spent: ${accountUrl}. To add to it, ask whoever runs this assistant.`,
  ].join('\n');
}
