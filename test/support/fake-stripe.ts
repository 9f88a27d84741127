import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createStripeCheckout } from '../../core/adapters/stripe-checkout.ts';
import type { Checkout } from '../../core/ports/checkout.ts';

const stripeKey = 'sk_test_parley';
const stripeWebhookSecret = 'whsec_parley';

export interface FakeCheckoutSession {
  id: string;
  url: string;
  paymentId: string;
  fields: URLSearchParams;
}

export interface StripeEvent {
  id: string;
  type: string;
  object: Record<string, unknown>;
  /** Seconds since 1970; now unless it matters. */
  created?: number;
}

/** The real client, talking to this. */
export function checkoutAt(stripe: Pick<FakeStripe, 'url'>): Checkout {
  return createStripeCheckout({
    secretKey: stripeKey,
    webhookSecret: stripeWebhookSecret,
    apiUrl: stripe.url,
    productName: 'Parley',
  });
}

export type FakeStripe = Awaited<ReturnType<typeof createFakeStripe>>;

/**
 * Stands for Stripe: makes checkout sessions for the real client, once per idempotency key, and signs events as Stripe
 * does. When, how often and in which order events arrive is up to the test.
 */
export async function createFakeStripe() {
  const sessions = new Map<string, FakeCheckoutSession>();
  const byKey = new Map<string, FakeCheckoutSession>();
  const requests: { key: string | undefined; fields: URLSearchParams }[] = [];
  let failures = 0;

  const server = createServer(async (req, res) => {
    const send = (status: number, body: unknown) =>
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const problem = (status: number, message: string) =>
      send(status, { error: { type: 'invalid_request_error', message } });
    if (req.headers.authorization !== `Bearer ${stripeKey}`) return problem(401, 'Invalid API Key provided');
    if (req.method !== 'POST' || req.url !== '/v1/checkout/sessions') return problem(404, 'Unrecognized request URL');
    if (failures > 0) {
      failures -= 1;
      return send(500, { error: { type: 'api_error', message: 'try again' } });
    }
    send(200, toJson(await createSession(req)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  async function createSession(req: IncomingMessage): Promise<FakeCheckoutSession> {
    const fields = new URLSearchParams(await text(req));
    const key = req.headers['idempotency-key'] as string | undefined;
    requests.push({ key, fields });
    const earlier = byKey.get(key ?? '');
    if (earlier) return earlier;
    const id = `cs_test_${randomUUID()}`;
    const session = { id, url: `https://checkout.stripe.example/${id}`, paymentId: `pi_${randomUUID()}`, fields };
    sessions.set(id, session);
    if (key) byKey.set(key, session);
    return session;
  }

  function getSession(url: string): FakeCheckoutSession {
    const session = [...sessions.values()].find((known) => known.url === url);
    if (!session) throw new Error(`no page at ${url}`);
    return session;
  }

  const event = (type: string, object: Record<string, unknown>): StripeEvent => ({
    id: `evt_${randomUUID()}`,
    type,
    object,
  });
  const ofDispute = (type: string, session: FakeCheckoutSession, more: Record<string, unknown>) =>
    event(`charge.dispute.${type}`, {
      id: `dp_${session.paymentId}`,
      payment_intent: session.paymentId,
      amount: amountOf(session),
      currency: 'usd',
      ...more,
    });

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    getSession,
    failNext(times: number): void {
      failures = times;
    },

    /** What Stripe tells of a session; by default that it was paid. */
    completed: (session: FakeCheckoutSession, more: Record<string, unknown> = {}) =>
      event('checkout.session.completed', { ...toJson(session), payment_status: 'paid', ...more }),
    laterPaid: (session: FakeCheckoutSession) =>
      event('checkout.session.async_payment_succeeded', { ...toJson(session), payment_status: 'paid' }),
    expired: (session: FakeCheckoutSession) => event('checkout.session.expired', toJson(session)),
    /** @param cents all that was refunded so far */
    refunded: (session: FakeCheckoutSession, cents: number) =>
      event('charge.refunded', {
        id: `ch_${session.paymentId}`,
        payment_intent: session.paymentId,
        amount: amountOf(session),
        amount_refunded: cents,
        currency: 'usd',
      }),
    /** What is told of one refund; `type` says which of the events that tell it. */
    singleRefund: (
      session: FakeCheckoutSession,
      { id, cents, status, type = 'refund.updated' }: { id: string; cents: number; status: string; type?: string },
    ) =>
      event(type, {
        id,
        object: 'refund',
        amount: cents,
        charge: `ch_${session.paymentId}`,
        payment_intent: session.paymentId,
        currency: 'usd',
        status,
      }),
    disputed: (session: FakeCheckoutSession) => [
      ofDispute('created', session, { status: 'needs_response' }),
      ofDispute('funds_withdrawn', session, { status: 'needs_response' }),
    ],
    disputeWon: (session: FakeCheckoutSession) => [
      ofDispute('closed', session, { status: 'won' }),
      ofDispute('funds_reinstated', session, { status: 'won' }),
    ],
    disputeLost: (session: FakeCheckoutSession) => [ofDispute('closed', session, { status: 'lost' })],

    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An event as it comes over the wire, with its signature. */
export function signed(
  { id, type, object, created = Math.floor(Date.now() / 1000) }: StripeEvent,
  how: Parameters<typeof signedText>[1] = {},
): { body: Buffer; signature: string } {
  return signedText(JSON.stringify({ id, object: 'event', type, created, data: { object }, livemode: false }), how);
}

/** Whatever it is, with a signature that is right. */
export function signedText(
  payload: string,
  { secret = stripeWebhookSecret, at = new Date() }: { secret?: string; at?: Date } = {},
): { body: Buffer; signature: string } {
  const seconds = Math.floor(at.getTime() / 1000);
  const digest = createHmac('sha256', secret).update(`${seconds}.${payload}`).digest('hex');
  return { body: Buffer.from(payload), signature: `t=${seconds},v1=${digest}` };
}

function amountOf({ fields }: FakeCheckoutSession): number {
  return Number(fields.get('line_items[0][price_data][unit_amount]'));
}

function toJson(session: FakeCheckoutSession): Record<string, unknown> {
  const { fields } = session;
  return {
    id: session.id,
    object: 'checkout.session',
    url: session.url,
    amount_total: amountOf(session),
    currency: fields.get('line_items[0][price_data][currency]'),
    client_reference_id: fields.get('client_reference_id'),
    metadata: { recharge_id: fields.get('metadata[recharge_id]'), user_id: fields.get('metadata[user_id]') },
    payment_intent: session.paymentId,
    payment_status: 'unpaid',
  };
}
