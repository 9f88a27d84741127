import type { Knex } from 'knex';

export type RechargeState = 'pending' | 'paid' | 'failed';

export interface Recharge {
  id: string;
  walletId: string;
  amountMicros: number;
  state: RechargeState;
  checkoutId: string | null;
  paymentId: string | null;
  /** What was paid, in millionths of its currency, where that is not the one of `amountMicros`. */
  chargedMicros: number | null;
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
  charged_micros: number | null;
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
    chargedMicros: row.charged_micros,
    postedMicros: row.posted_micros,
    postings: row.postings,
    createdAt: row.created_at,
  };
}

export interface Reversal {
  id: string;
  paymentId: string;
  /** All refunds of the payment together, one of them, or a dispute. */
  kind: 'refund' | 'single_refund' | 'dispute';
  /** Of the currency that was paid in. */
  amountMicros: number;
  /** When the provider said so. */
  notedAt: Date;
  isTaken: boolean;
  isGivenBack: boolean;
  isClosed: boolean;
}

/** What was true stays true, and of amounts the newest counts: any order of the same facts ends in the same row. */
const NOTE_REVERSAL = `
insert into payment_reversals as known
  (id, payment_id, kind, amount_micros, is_taken, is_given_back, is_closed, noted_at, given_back_at)
values (:id, :paymentId, :kind, :amountMicros, :isTaken, :isGivenBack, :isClosed, :notedAt,
  case when cast(:isGivenBack as boolean) then cast(:notedAt as timestamptz) end)
on conflict (id) do update set
  amount_micros = case
      when excluded.noted_at > known.noted_at then excluded.amount_micros
      when excluded.noted_at < known.noted_at then known.amount_micros
      else greatest(known.amount_micros, excluded.amount_micros)
    end,
  noted_at = greatest(known.noted_at, excluded.noted_at),
  given_back_at = least(known.given_back_at, excluded.given_back_at),
  is_taken = known.is_taken or excluded.is_taken,
  is_given_back = known.is_given_back or excluded.is_given_back,
  is_closed = known.is_closed or excluded.is_closed`;

/**
 * Refunds are told of together, by the payment, and one by one; an account may send either or both. The sum of the payment
 * leaves out what had failed when it was told, so only what failed since is taken off it. Where the two differ, the one
 * that knows of more is right.
 */
const SUM_TAKEN = `
with reversals as (select * from payment_reversals where payment_id = :paymentId),
together as (select amount_micros, noted_at from reversals where kind = 'refund')
select coalesce(sum(amount_micros) filter (where kind = 'dispute' and is_taken and not is_given_back), 0)
  + greatest(
      coalesce(sum(amount_micros) filter (where kind = 'single_refund' and not is_given_back), 0),
      coalesce((select amount_micros from together), 0)
        - coalesce(sum(amount_micros) filter (where kind = 'single_refund'
            and given_back_at >= (select noted_at from together)), 0)
    ) as micros
from reversals`;

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

    async setPaid(
      id: string,
      paid: { checkoutId: string; paymentId: string | null; chargedMicros: number | null; at: Date },
    ): Promise<void> {
      await db('recharges').where({ id }).whereNot({ state: 'paid' }).update({
        state: 'paid',
        checkout_id: paid.checkoutId,
        payment_id: paid.paymentId,
        charged_micros: paid.chargedMicros,
        paid_at: paid.at,
      });
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

    /** What was taken back of a payment and not given back, of all refunds and disputes together, as it was paid. */
    async sumTaken(paymentId: string): Promise<number> {
      const { rows } = await db.raw(SUM_TAKEN, { paymentId });
      return Number(rows[0].micros);
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
