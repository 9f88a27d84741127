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
  const wallet = await createWalletsRepository(trx).lock(walletId);
  if (wallet.mergedInto !== null) await forwardBalance(trx, walletId, wallet.mergedInto);
  else if (wallet.userId === null) await forfeit(trx, wallet);
  else await settleDebt(trx, walletId);
}
