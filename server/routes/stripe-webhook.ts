import express, { type RequestHandler, Router } from 'express';
import type { Recharges } from '../../core/recharges/recharges.ts';

/** Stripe's events are a few kilobytes; the largest objects stay below this. */
const BODY_LIMIT = '512kb';

/**
 * `POST /webhooks/stripe`. The signature is over the bytes as they came, so this has to stand before whatever parses
 * bodies. Anything but 2xx has Stripe send the event again for days.
 */
export function createStripeWebhook({ recharges }: { recharges: Pick<Recharges, 'receive'> }): RequestHandler {
  const router = Router();
  router.post('/webhooks/stripe', express.raw({ type: () => true, limit: BODY_LIMIT }), async (req, res) => {
    res.locals.route = '/webhooks/stripe';
    const body: unknown = req.body;
    await recharges.receive(Buffer.isBuffer(body) ? body : Buffer.alloc(0), req.get('stripe-signature') ?? '');
    res.status(200).json({ received: true });
  });
  return router;
}
