import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { Checkout, PaymentEvent } from '../ports/checkout.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { CURRENCY, MICROS_PER_CENT } from '../wallet/money.ts';
import type { Wallets } from '../wallet/wallets.ts';
import { postRecharge } from './post-recharge.ts';
import { createRechargesRepository, type Recharge, type Reversal } from './recharges-repository.ts';

export interface RechargesOptions {
  db: Knex;
  clock: Clock;
  logger: Logger;
  wallets: Pick<Wallets, 'open'>;
  /** Null where no payment provider is set up. */
  checkout: Checkout | null;
  amountsCents: readonly number[];
  /** Where people see their balance. */
  accountUrl: string;
}

export type Recharges = ReturnType<typeof createRecharges>;

/** How long what is told of a payment that we do not know waits for the news that it is ours. */
const FOREIGN_DAYS = 30;

/** People adding to their balance. Only the provider's signed word counts; nothing that a browser says does. */
export function createRecharges(options: RechargesOptions) {
  const { db, clock, wallets, checkout, amountsCents, accountUrl } = options;
  const logger = options.logger.child({ part: 'recharges' });
  const rows = createRechargesRepository(db);

  /** @throws AppError `payment_unavailable` */
  function getCheckout(): Checkout {
    if (checkout) return checkout;
    throw new AppError(
      'payment_unavailable',
      'Recharging is not set up here. Ask whoever runs this assistant to add to your balance.',
    );
  }

  async function notePaid(event: Extract<PaymentEvent, { type: 'paid' }>): Promise<void> {
    await db.transaction(async (trx) => {
      const rows = createRechargesRepository(trx);
      if (event.paymentId !== null) await rows.lockPayment(event.paymentId);
      const recharge = await rows.lockByCheckout(event.checkoutId, event.rechargeId);
      if (!recharge) return ignore(event);
      const asked = { cents: recharge.amountMicros / MICROS_PER_CENT, currency: CURRENCY };
      if ((event.currency ?? asked.currency) !== asked.currency || (event.cents ?? asked.cents) !== asked.cents) {
        logger.error({ event: event.id, recharge: recharge.id }, 'a payment is not the one that was asked for');
        return;
      }
      const { checkoutId } = event;
      const paymentId = recharge.paymentId ?? event.paymentId;
      const chargedMicros = recharge.chargedMicros ?? toMicros(event.chargedCents);
      await rows.setPaid(recharge.id, { checkoutId, paymentId, chargedMicros, at: clock.now() });
      await postRecharge(trx, { ...recharge, state: 'paid', paymentId, chargedMicros });
    });
  }

  async function noteFailed(event: Extract<PaymentEvent, { type: 'failed' }>): Promise<void> {
    await db.transaction(async (trx) => {
      const rows = createRechargesRepository(trx);
      const recharge = await rows.lockByCheckout(event.checkoutId, event.rechargeId);
      if (!recharge) return ignore(event);
      await rows.setFailed(recharge.id);
    });
  }

  async function noteReversal(event: ReversalEvent): Promise<void> {
    const { paymentId } = event;
    await db.transaction(async (trx) => {
      const rows = createRechargesRepository(trx);
      await rows.lockPayment(paymentId);
      const recharge = await rows.lockByPayment(paymentId);
      await rows.noteReversal(toReversal(event));
      if (recharge) await postRecharge(trx, recharge);
      else ignore(event);
    });
  }

  function ignore({ id, type }: PaymentEvent): void {
    logger.info({ event: id, type }, 'a payment that is not known here was told of');
  }

  return {
    amountsCents: checkout ? amountsCents : [],

    /**
     * Opens a page on which an amount can be paid.
     * @throws AppError `invalid_request`, `payment_unavailable`
     */
    async begin({
      userId,
      amountCents,
    }: {
      userId: string;
      amountCents: number;
    }): Promise<{ id: string; url: string }> {
      const provider = getCheckout();
      if (!amountsCents.includes(amountCents)) {
        throw new AppError('invalid_request', `amount_cents must be one of ${amountsCents.join(', ')}.`);
      }
      const { id: walletId } = await wallets.open(userId);
      const id = randomUUID();
      await rows.insert({ id, walletId, amountMicros: amountCents * MICROS_PER_CENT });
      const returnUrl = `${accountUrl}?recharge=${id}`;
      const page = await provider.open({ rechargeId: id, userId, cents: amountCents, returnUrl });
      await rows.setCheckout(id, page.id);
      return { id, url: page.url };
    },

    /** @throws AppError `not_found` when the person has no such recharge */
    async get({ userId, rechargeId }: { userId: string; rechargeId: string }): Promise<Recharge> {
      const recharge = await rows.findOfUser(userId, rechargeId);
      if (!recharge) throw new AppError('not_found', 'There is no such recharge.');
      return recharge;
    },

    /**
     * Takes a notification as it came over the wire. Any number of deliveries in any order end in the same balance.
     * @throws AppError `invalid_request` when it is not the provider's
     */
    async receive(body: Buffer, signature: string): Promise<void> {
      const event = getCheckout().readEvent(body, signature);
      if (event?.type === 'paid') await notePaid(event);
      else if (event?.type === 'failed') await noteFailed(event);
      else if (event) await noteReversal(event);
    },

    /** For a job. */
    async clear(): Promise<void> {
      await rows.clearForeignReversals(new Date(clock.now().getTime() - FOREIGN_DAYS * 24 * 60 * 60 * 1000));
    },
  };
}

type ReversalEvent = Extract<PaymentEvent, { type: 'refunded' | 'single_refund' | 'disputed' }>;

function toReversal(event: ReversalEvent): Reversal {
  const { type, paymentId, cents, at: notedAt } = event;
  const known = { paymentId, amountMicros: cents * MICROS_PER_CENT, notedAt };
  if (type === 'disputed') {
    const { disputeId: id, isTaken, isGivenBack, isClosed } = event;
    return { ...known, id, kind: 'dispute', isTaken, isGivenBack, isClosed };
  }
  if (type === 'single_refund') {
    const { refundId: id, isGivenBack } = event;
    return { ...known, id, kind: 'single_refund', isTaken: true, isGivenBack, isClosed: true };
  }
  return { ...known, id: `refund:${paymentId}`, kind: 'refund', isTaken: true, isGivenBack: false, isClosed: true };
}

function toMicros(cents: number | null): number | null {
  return cents === null ? null : cents * MICROS_PER_CENT;
}
