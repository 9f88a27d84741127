import type { Knex } from 'knex';

/** Whether a wallet has to rest, because one of the payments into it, or into one merged into it, is disputed. */
export async function noteDisputes(trx: Knex, walletId: string): Promise<void> {
  await trx.raw(
    `update wallets set is_disputed = exists (
       select from recharges join payment_reversals using (payment_id)
       where recharges.wallet_id in (select id from wallets where id = :walletId or merged_into = :walletId)
         and payment_reversals.kind = 'dispute' and not is_closed
     ) where id = :walletId`,
    { walletId },
  );
}
