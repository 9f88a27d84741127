import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { noteDisputes } from './disputed.ts';
import { createLedgerRepository } from './ledger-repository.ts';
import { settleDebt } from './settle-debt.ts';
import type { Wallet } from './wallet.ts';
import { createWalletsRepository } from './wallets-repository.ts';

export interface WalletMerge {
  fromUserId: string;
  intoUserId: string;
  /**
   * Whether the one that goes was only a browser, with no account anywhere. What it was given to begin with does not
   * come along then: browsers are free, and a person has one gift.
   */
  isFromVisitor: boolean;
}

/**
 * Makes two balances one, in the transaction that makes two people one; the caller holds both of them. The wallet that
 * goes keeps its history, and its owner sees both as one. What it has held stays there until that answer has ended.
 */
export async function mergeWallets(trx: Knex, { fromUserId, intoUserId, isFromVisitor }: WalletMerge): Promise<void> {
  const wallets = createWalletsRepository(trx);
  await wallets.lockAll(await wallets.listIdsOfUsers([fromUserId, intoUserId]));
  const from = await wallets.lockOfUser(fromUserId);
  if (!from) return;
  const into = await wallets.lockOfUser(intoUserId);
  if (!into) {
    await trx('wallets').where({ id: from.id }).update({ user_id: intoUserId });
    return;
  }
  if (isFromVisitor) await returnGift(trx, from, into);
  await trx('wallets').where({ merged_into: from.id }).update({ merged_into: into.id });
  await trx('wallets').where({ id: from.id }).update({ user_id: null, merged_into: into.id });
  await forwardBalance(trx, from.id, into.id);
  await noteDisputes(trx, into.id);
  await wallets.noteFull(into.id);
}

/** Moves what a merged wallet has to spare, and what is owed there, to the one that has its money now. */
export async function forwardBalance(trx: Knex, fromId: string, intoId: string): Promise<void> {
  const wallets = createWalletsRepository(trx);
  const from = await wallets.lock(fromId);
  const balanceMicros = from.balanceMicros - from.heldMicros;
  const freeMicros = from.freeMicros - from.freeHeldMicros;
  await createLedgerRepository(trx).post({
    kind: 'merge',
    key: `merge:${fromId}:${randomUUID()}`,
    entries: [
      { account: 'wallet', walletId: fromId, amountMicros: -balanceMicros },
      { account: 'wallet', walletId: intoId, amountMicros: balanceMicros },
      { account: 'owed', walletId: fromId, amountMicros: from.owedMicros },
      { account: 'owed', walletId: intoId, amountMicros: -from.owedMicros },
      // One person has one allowance a day.
      { account: 'free', walletId: fromId, amountMicros: -freeMicros },
      { account: 'allowance', amountMicros: freeMicros },
    ],
  });
  await settleDebt(trx, intoId);
}

async function returnGift(trx: Knex, from: Wallet, into: Wallet): Promise<void> {
  if ((await giftOf(trx, into.id)) === 0) return;
  const unspentMicros = Math.min(await giftOf(trx, from.id), from.balanceMicros - from.heldMicros);
  await createLedgerRepository(trx).post({
    kind: 'opening',
    key: `opening-returned:${from.id}`,
    entries: [
      { account: 'wallet', walletId: from.id, amountMicros: -unspentMicros },
      { account: 'grants', amountMicros: unspentMicros },
    ],
  });
}

async function giftOf(trx: Knex, walletId: string): Promise<number> {
  const row = await trx('ledger_entries')
    .join('ledger_transactions', 'ledger_transactions.id', 'transaction_id')
    .where({ kind: 'opening', account: 'wallet', wallet_id: walletId })
    .sum('amount_micros')
    .first();
  return Number(row?.sum ?? 0);
}
