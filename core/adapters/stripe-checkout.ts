import Stripe from 'stripe';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { Checkout, PaymentEvent } from '../ports/checkout.ts';

export interface StripeCheckoutOptions {
  secretKey: string;
  webhookSecret: string;
  apiUrl: string;
  /** What stands on the bill. */
  productName: string;
}

/** Older notifications are refused: whoever has recorded one cannot send it again. The default of Stripe's libraries. */
const TOLERANCE_SECONDS = 300;
const TIMEOUT_MS = 20_000;
const RETRIES = 2;

/** Stripe Checkout: a page at Stripe on which people pay, and the signed webhook that tells of it. */
export function createStripeCheckout(options: StripeCheckoutOptions): Checkout {
  const { hostname, port, protocol } = new URL(options.apiUrl);
  const isPlain = protocol === 'http:';
  const stripe = new Stripe(options.secretKey, {
    host: hostname,
    port: port || (isPlain ? 80 : 443),
    protocol: isPlain ? 'http' : 'https',
    telemetry: false,
    maxNetworkRetries: RETRIES,
    timeout: TIMEOUT_MS,
  });

  const verifier = stripe.webhooks.signature;
  if (!verifier) throw new Error('this version of the library checks no signatures');

  return {
    async open({ rechargeId, userId, cents, returnUrl }) {
      const metadata = { recharge_id: rechargeId, user_id: userId };
      try {
        const session = await stripe.checkout.sessions.create(
          {
            mode: 'payment',
            client_reference_id: userId,
            metadata,
            // Refunds and disputes are about the payment, not about the page on which it was made.
            payment_intent_data: { metadata },
            line_items: [
              {
                quantity: 1,
                price_data: { currency: 'usd', unit_amount: cents, product_data: { name: options.productName } },
              },
            ],
            success_url: returnUrl,
            cancel_url: returnUrl,
          },
          { idempotencyKey: rechargeId },
        );
        if (!session.url) throw new Error('a checkout session without an address');
        return { id: session.id, url: session.url };
      } catch (cause) {
        throw new AppError(
          'payment_unavailable',
          'The payment page could not be opened. Nothing was charged. Please try again in a few minutes.',
          { cause },
        );
      }
    },

    readEvent(body, signature) {
      try {
        // Only the signature is left to the library: it refuses to read events of Stripe's second API, which come to the
        // same address where an account sends both.
        verifier.verifyHeader(body, signature, options.webhookSecret, TOLERANCE_SECONDS);
        return toPaymentEvent(JSON.parse(body.toString('utf8')));
      } catch (cause) {
        if (cause instanceof z.ZodError || cause instanceof SyntaxError) {
          throw new AppError('invalid_request', 'This notification is not as Stripe describes it.', { cause });
        }
        if (!(cause instanceof Stripe.errors.StripeSignatureVerificationError)) throw cause;
        throw new AppError('invalid_request', 'The signature of this notification is not valid.', { cause });
      }
    },
  };
}

/** Ids come bare or, where a version of the API expands them, as the object. */
const reference = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]).nullish();

/** Of the second API: it only names what it is about, and nothing of ours is. */
const thinNotification = z.object({ object: z.literal('v2.core.event') });
const notification = z.object({
  id: z.string(),
  type: z.string(),
  /** Seconds since 1970. */
  created: z.int().nonnegative().catch(0),
  data: z.object({ object: z.unknown() }),
});
const checkoutSession = z.object({
  id: z.string(),
  payment_status: z.string(),
  amount_total: z.int().nullish(),
  currency: z.string().nullish(),
  // In webhook versions before 2025-03-31 the two above are of the currency that the person chose, and this of ours.
  currency_conversion: z.object({ amount_total: z.int(), source_currency: z.string() }).nullish(),
  payment_intent: reference,
  // Whatever else is sold through the same account may keep anything there.
  metadata: z.object({ recharge_id: z.string().optional().catch(undefined) }).nullish(),
});
const charge = z.object({ id: z.string(), payment_intent: reference, amount_refunded: z.int() });
const refund = z.object({
  id: z.string(),
  payment_intent: reference,
  amount: z.int(),
  status: z.string().nullish(),
});
const dispute = z.object({
  id: z.string(),
  payment_intent: reference,
  amount: z.int(),
  status: z.string(),
});

function toPaymentEvent(event: unknown): PaymentEvent | null {
  if (thinNotification.safeParse(event).success) return null;
  const { id, type, created, data } = notification.parse(event);
  const known = { id, at: new Date(created * 1000) };
  const { object } = data;
  switch (type) {
    case 'checkout.session.completed':
    case 'checkout.session.async_payment_succeeded':
      return toPaid(known, checkoutSession.parse(object), type === 'checkout.session.async_payment_succeeded');
    case 'checkout.session.async_payment_failed':
    case 'checkout.session.expired': {
      const session = checkoutSession.parse(object);
      return { ...known, type: 'failed', checkoutId: session.id, rechargeId: session.metadata?.recharge_id ?? null };
    }
    case 'charge.refunded': {
      const { payment_intent: paymentId, amount_refunded: cents } = charge.parse(object);
      return paymentId ? { ...known, type: 'refunded', paymentId, cents } : null;
    }
    case 'refund.created':
    case 'refund.updated':
    case 'refund.failed':
    case 'charge.refund.updated':
      return toSingleRefund(known, refund.parse(object));
    case 'charge.dispute.created':
    case 'charge.dispute.updated':
    case 'charge.dispute.closed':
    case 'charge.dispute.funds_withdrawn':
    case 'charge.dispute.funds_reinstated':
      return toDisputed(known, type, dispute.parse(object));
    default:
      return null;
  }
}

type Known = Pick<PaymentEvent, 'id' | 'at'>;

/** A session can be completed before the money has come, as with a bank debit: then another event follows. */
function toPaid(
  known: Known,
  { currency_conversion: conversion, ...session }: z.output<typeof checkoutSession>,
  isCertain: boolean,
): PaymentEvent | null {
  if (session.payment_status !== 'paid' && !isCertain) return null;
  return {
    ...known,
    type: 'paid',
    checkoutId: session.id,
    rechargeId: session.metadata?.recharge_id ?? null,
    paymentId: session.payment_intent ?? null,
    cents: conversion?.amount_total ?? session.amount_total ?? null,
    currency: conversion?.source_currency ?? session.currency ?? null,
    chargedCents: conversion ? (session.amount_total ?? null) : null,
  };
}

/** Until the money has left, and also while it is on its way, a refund counts as taken. */
function toSingleRefund(known: Known, found: z.output<typeof refund>): PaymentEvent | null {
  if (!found.payment_intent) return null;
  return {
    ...known,
    type: 'single_refund',
    paymentId: found.payment_intent,
    refundId: found.id,
    cents: found.amount,
    isGivenBack: found.status === 'failed' || found.status === 'canceled',
  };
}

function toDisputed(known: Known, type: string, found: z.output<typeof dispute>): PaymentEvent | null {
  if (!found.payment_intent) return null;
  const { status } = found;
  // An inquiry of the bank, before it takes anything.
  const isInquiry = status.startsWith('warning_');
  return {
    ...known,
    type: 'disputed',
    paymentId: found.payment_intent,
    disputeId: found.id,
    cents: found.amount,
    isTaken: type === 'charge.dispute.funds_withdrawn' || !isInquiry,
    isGivenBack: type === 'charge.dispute.funds_reinstated' || status === 'won',
    isClosed: type === 'charge.dispute.closed' || ['won', 'lost', 'warning_closed'].includes(status),
  };
}
