import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { createLedgerRepository } from './ledger-repository.ts';
import type { Wallet } from './wallet.ts';
import { createWalletsRepository } from './wallets-repository.ts';

/**
 * Takes out what is left in the wallet of somebody who is being erased, in the erasing transaction. The ledger itself
 * stays, as bookkeeping has to: with the person and the notes gone, it is about nobody.
 */
export async function closeWallet(trx: Knex, userId: string): Promise<void> {
  const wallet = await createWalletsRepository(trx).lockOfUser(userId);
  if (!wallet) return;
  await forfeit(trx, wallet);
  await trx('wallets').where({ id: wallet.id }).update({ user_id: null });
  const own = trx('wallets').where({ id: wallet.id }).orWhere({ merged_into: wallet.id }).select('id');
  await trx('ledger_transactions')
    .whereNotNull('note')
    .whereIn('id', trx('ledger_entries').whereIn('wallet_id', own).select('transaction_id'))
    .update({ note: null });
}

/** What nobody owns any more; what is still held follows when its hold has ended. */
export async function forfeit(trx: Knex, wallet: Wallet): Promise<void> {
  const { id: walletId } = wallet;
  const leftMicros = wallet.balanceMicros - wallet.heldMicros;
  const freeMicros = wallet.freeMicros - wallet.freeHeldMicros;
  await createLedgerRepository(trx).post({
    kind: 'closing',
    key: `closing:${walletId}:${randomUUID()}`,
    entries: [
      { account: 'wallet', walletId, amountMicros: -leftMicros },
      { account: 'forfeited', amountMicros: leftMicros },
      { account: 'free', walletId, amountMicros: -freeMicros },
      { account: 'allowance', amountMicros: freeMicros },
    ],
  });
}
