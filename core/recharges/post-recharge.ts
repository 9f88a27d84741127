import type { Knex } from 'knex';
import { noteDisputes } from '../wallet/disputed.ts';
import { createLedgerRepository } from '../wallet/ledger-repository.ts';
import { settleDebt } from '../wallet/settle-debt.ts';
import { moveLeftover } from '../wallet/settle-hold.ts';
import { createWalletsRepository } from '../wallet/wallets-repository.ts';
import { createRechargesRepository, type Recharge } from './recharges-repository.ts';

/**
 * Brings the ledger to what is known of a payment: nothing of it before it was paid, all of it then, less what was taken
 * back. To be called in a transaction that holds the recharge, after whatever was learned; to call it again changes
 * nothing.
 */
export async function postRecharge(trx: Knex, recharge: Recharge): Promise<void> {
  if (recharge.state !== 'paid') return;
  const rows = createRechargesRepository(trx);
  const walletId = await createWalletsRepository(trx).findCurrentId(recharge.walletId);
  let { postings, postedMicros } = recharge;
  const post = async (toMicros: number) => {
    await postDifference(trx, {
      key: `recharge:${recharge.id}:${postings}`,
      walletId,
      by: toMicros - postedMicros,
      postings,
    });
    postings += 1;
    postedMicros = toMicros;
  };

  if (postings === 0) await post(recharge.amountMicros);
  const takenMicros = recharge.paymentId === null ? 0 : await rows.sumTaken(recharge.paymentId);
  const dueMicros = recharge.amountMicros - Math.min(toOwnCurrency(takenMicros, recharge), recharge.amountMicros);
  if (dueMicros !== postedMicros) await post(dueMicros);
  await rows.setPosted(recharge.id, { postings, postedMicros });
  await noteDisputes(trx, walletId);
}

/** A part of what was paid in another currency is the same part of what it is worth here, whatever the rate is today. */
function toOwnCurrency(micros: number, { amountMicros, chargedMicros }: Recharge): number {
  return chargedMicros ? Math.round((micros * amountMicros) / chargedMicros) : micros;
}

interface Difference {
  key: string;
  walletId: string;
  by: number;
  postings: number;
}

async function postDifference(trx: Knex, { key, walletId, by, postings }: Difference): Promise<void> {
  const wallets = createWalletsRepository(trx);
  const ledger = createLedgerRepository(trx);
  const wallet = await wallets.lock(walletId);
  if (by > 0) {
    await ledger.post({
      kind: postings === 0 ? 'recharge' : 'refund_undone',
      key,
      entries: [
        { account: 'stripe', amountMicros: -by },
        { account: 'wallet', walletId, amountMicros: by },
      ],
    });
    await settleDebt(trx, walletId);
    await wallets.noteFull(walletId);
  } else {
    // What is held may be spent already: only the rest can be taken, and the remainder is owed.
    const takenMicros = Math.min(-by, wallet.balanceMicros - wallet.heldMicros);
    await ledger.post({
      kind: 'refund',
      key,
      entries: [
        { account: 'stripe', amountMicros: -by },
        { account: 'wallet', walletId, amountMicros: -takenMicros },
        { account: 'owed', walletId, amountMicros: by + takenMicros },
      ],
    });
  }
  if (wallet.userId === null) await moveLeftover(trx, walletId);
}
