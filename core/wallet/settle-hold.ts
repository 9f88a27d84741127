import type { Knex } from 'knex';
import { forfeit } from './close-wallet.ts';
import { createHoldsRepository, type Settled, type Settlement } from './holds-repository.ts';
import { forwardBalance } from './merge-wallets.ts';
import { settleDebt } from './settle-debt.ts';
import { createWalletsRepository } from './wallets-repository.ts';

/** @returns null when the hold was ended before */
export async function settleHold(db: Knex, settlement: Settlement): Promise<Settled | null> {
  const settled = await createHoldsRepository(db).settle(settlement);
  if (settled?.isLeftToMove) await db.transaction((trx) => moveLeftover(trx, settled.walletId));
  return settled;
}

/** Brings what a hold has released to where it belongs: a debt, the wallet this one was merged into, or nobody. */
export async function moveLeftover(trx: Knex, walletId: string): Promise<void> {
  const wallets = createWalletsRepository(trx);
  const currentId = await wallets.findCurrentId(walletId);
  await wallets.lockAll([walletId, currentId]);
  const wallet = await wallets.lock(walletId);
  // Merged on meanwhile: the job that looks for leftovers finds it where it is.
  if (wallet.mergedInto !== null && wallet.mergedInto !== currentId) return;
  if (wallet.mergedInto !== null) {
    await forwardBalance(trx, walletId, wallet.mergedInto);
    // Its owner may be gone by now, too.
    await moveLeftover(trx, wallet.mergedInto);
  } else if (wallet.userId === null) {
    await forfeit(trx, wallet);
  } else {
    await settleDebt(trx, walletId);
  }
}
