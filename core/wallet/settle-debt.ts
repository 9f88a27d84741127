import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { createLedgerRepository } from './ledger-repository.ts';
import { createWalletsRepository } from './wallets-repository.ts';

/**
 * Pays what is owed from what the balance has to spare. To be called in a transaction, after whatever gave the balance
 * something.
 */
export async function settleDebt(trx: Knex, walletId: string): Promise<void> {
  const wallet = await createWalletsRepository(trx).lock(walletId);
  const paidMicros = Math.min(wallet.owedMicros, wallet.balanceMicros - wallet.heldMicros);
  await createLedgerRepository(trx).post({
    kind: 'debt_paid',
    key: `debt-paid:${randomUUID()}`,
    entries: [
      { account: 'wallet', walletId, amountMicros: -paidMicros },
      { account: 'owed', walletId, amountMicros: paidMicros },
    ],
  });
}
