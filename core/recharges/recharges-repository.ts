import type { Knex } from 'knex';

export type RechargeState = 'pending' | 'paid' | 'failed';

export interface Recharge {
  id: string;
  walletId: string;
  amountMicros: number;
  state: RechargeState;
  checkoutId: string | null;
  paymentId: string | null;
  /** What the ledger has of it. */
  postedMicros: number;
  postings: number;
  createdAt: Date;
}

interface RechargeRow {
  id: string;
  wallet_id: string;
  amount_micros: number;
  state: RechargeState;
  checkout_id: string | null;
  payment_id: string | null;
  posted_micros: number;
  postings: number;
  created_at: Date;
}

function toRecharge(row: RechargeRow): Recharge {
  return {
    id: row.id,
    walletId: row.wallet_id,
    amountMicros: row.amount_micros,
    state: row.state,
    checkoutId: row.checkout_id,
    paymentId: row.payment_id,
    postedMicros: row.posted_micros,
    postings: row.postings,
    createdAt: row.created_at,
  };
}

export interface Reversal {
  id: string;
  paymentId: string;
  kind: 'refund' | 'dispute';
  amountMicros: number;
  isTaken: boolean;
  isGivenBack: boolean;
  isClosed: boolean;
}

/** What was true stays true, and what was refunded only grows: any order of the same facts ends in the same row. */
const NOTE_REVERSAL = `
insert into payment_reversals as known (id, payment_id, kind, amount_micros, is_taken, is_given_back, is_closed)
values (:id, :paymentId, :kind, :amountMicros, :isTaken, :isGivenBack, :isClosed)
on conflict (id) do update set
  amount_micros = greatest(known.amount_micros, excluded.amount_micros),
  is_taken = known.is_taken or excluded.is_taken,
  is_given_back = known.is_given_back or excluded.is_given_back,
  is_closed = known.is_closed or excluded.is_closed`;

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

export function createRechargesRepository(db: Knex) {
  return {
    async insert(recharge: { id: string; walletId: string; amountMicros: number }): Promise<void> {
      await db('recharges').insert({
        id: recharge.id,
        wallet_id: recharge.walletId,
        amount_micros: recharge.amountMicros,
      });
    },

    async setCheckout(id: string, checkoutId: string): Promise<void> {
      await db('recharges').where({ id }).update({ checkout_id: checkoutId });
    },

    /** One of a person's own, also of the time before they were merged. */
    async findOfUser(userId: string, id: string): Promise<Recharge | null> {
      const own = () => db('wallets').where({ user_id: userId }).select('id');
      const wallets = db('wallets').whereIn('id', own()).orWhereIn('merged_into', own()).select('id');
      const row = await db('recharges').where({ id }).whereIn('wallet_id', wallets).first();
      return row ? toRecharge(row) : null;
    },

    /**
     * By its page at the provider, or by the id that went there with it, in case we died before we heard the page's.
     * Locked until the end of the transaction.
     */
    async lockByCheckout(checkoutId: string, rechargeId: string | null): Promise<Recharge | null> {
      const query = db('recharges').where({ checkout_id: checkoutId });
      if (rechargeId !== null && UUID.test(rechargeId)) {
        query.orWhere((other) => other.where({ id: rechargeId }).whereNull('checkout_id'));
      }
      const row = await query.forUpdate().first();
      return row ? toRecharge(row) : null;
    },

    /**
     * Has everything that is told of one payment wait for one another until the end of the transaction, also while
     * nobody knows yet whose payment it is.
     */
    async lockPayment(paymentId: string): Promise<void> {
      await db.raw('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`payment:${paymentId}`]);
    },

    async lockByPayment(paymentId: string): Promise<Recharge | null> {
      const row = await db('recharges').where({ payment_id: paymentId }).forUpdate().first();
      return row ? toRecharge(row) : null;
    },

    async setPaid(id: string, paid: { checkoutId: string; paymentId: string | null; at: Date }): Promise<void> {
      await db('recharges')
        .where({ id })
        .whereNot({ state: 'paid' })
        .update({ state: 'paid', checkout_id: paid.checkoutId, payment_id: paid.paymentId, paid_at: paid.at });
    },

    async setFailed(id: string): Promise<void> {
      await db('recharges').where({ id, state: 'pending' }).update({ state: 'failed' });
    },

    async setPosted(
      id: string,
      { postedMicros, postings }: Pick<Recharge, 'postedMicros' | 'postings'>,
    ): Promise<void> {
      await db('recharges').where({ id }).update({ posted_micros: postedMicros, postings });
    },

    async noteReversal(reversal: Reversal): Promise<void> {
      await db.raw(NOTE_REVERSAL, { ...reversal });
    },

    /** What was taken back of a payment and not given back, of all refunds and disputes together. */
    async sumTaken(paymentId: string): Promise<number> {
      const row = await db('payment_reversals')
        .where({ payment_id: paymentId, is_taken: true, is_given_back: false })
        .sum('amount_micros')
        .first();
      return Number(row?.sum ?? 0);
    },

    /** What was told of payments that turned out not to be ours. */
    async clearForeignReversals(before: Date): Promise<number> {
      return db('payment_reversals')
        .where('created_at', '<', before)
        .whereNotIn('payment_id', db('recharges').whereNotNull('payment_id').select('payment_id'))
        .delete();
    },
  };
}
