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
        const event = stripe.webhooks.constructEvent(body, signature, options.webhookSecret, TOLERANCE_SECONDS);
        return toPaymentEvent(event);
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

const notification = z.object({ id: z.string(), type: z.string(), data: z.object({ object: z.unknown() }) });
const checkoutSession = z.object({
  id: z.string(),
  payment_status: z.string(),
  amount_total: z.int().nullish(),
  currency: z.string().nullish(),
  payment_intent: reference,
  // Whatever else is sold through the same account may keep anything there.
  metadata: z.object({ recharge_id: z.string().optional().catch(undefined) }).nullish(),
});
const charge = z.object({ id: z.string(), payment_intent: reference, amount_refunded: z.int() });
const dispute = z.object({
  id: z.string(),
  payment_intent: reference,
  amount: z.int(),
  status: z.string(),
});

function toPaymentEvent(event: unknown): PaymentEvent | null {
  const { id, type, data } = notification.parse(event);
  const { object } = data;
  switch (type) {
    case 'checkout.session.completed':
    case 'checkout.session.async_payment_succeeded':
      return toPaid(id, checkoutSession.parse(object), type === 'checkout.session.async_payment_succeeded');
    case 'checkout.session.async_payment_failed':
    case 'checkout.session.expired': {
      const session = checkoutSession.parse(object);
      return { id, type: 'failed', checkoutId: session.id, rechargeId: session.metadata?.recharge_id ?? null };
    }
    case 'charge.refunded': {
      const { payment_intent: paymentId, amount_refunded: cents } = charge.parse(object);
      return paymentId ? { id, type: 'refunded', paymentId, cents } : null;
    }
    case 'charge.dispute.created':
    case 'charge.dispute.updated':
    case 'charge.dispute.closed':
    case 'charge.dispute.funds_withdrawn':
    case 'charge.dispute.funds_reinstated':
      return toDisputed(id, type, dispute.parse(object));
    default:
      return null;
  }
}

/** A session can be completed before the money has come, as with a bank debit: then another event follows. */
function toPaid(id: string, session: z.output<typeof checkoutSession>, isCertain: boolean): PaymentEvent | null {
  if (session.payment_status !== 'paid' && !isCertain) return null;
  return {
    id,
    type: 'paid',
    checkoutId: session.id,
    rechargeId: session.metadata?.recharge_id ?? null,
    paymentId: session.payment_intent ?? null,
    cents: session.amount_total ?? null,
    currency: session.currency ?? null,
  };
}

function toDisputed(id: string, type: string, found: z.output<typeof dispute>): PaymentEvent | null {
  if (!found.payment_intent) return null;
  const { status } = found;
  // An inquiry of the bank, before it takes anything.
  const isInquiry = status.startsWith('warning_');
  return {
    id,
    type: 'disputed',
    paymentId: found.payment_intent,
    disputeId: found.id,
    cents: found.amount,
    isTaken: type === 'charge.dispute.funds_withdrawn' || !isInquiry,
    isGivenBack: type === 'charge.dispute.funds_reinstated' || status === 'won',
    isClosed: type === 'charge.dispute.closed' || ['won', 'lost', 'warning_closed'].includes(status),
  };
}
