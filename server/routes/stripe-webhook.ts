import express, { type Request, type Response } from 'express';
import { z } from 'zod';
import type { Recharges } from '../../core/recharges/recharges.ts';
import { openEndpoint } from '../endpoint.ts';

/** Stripe's events are a few kilobytes; the largest objects stay below this. */
const BODY_LIMIT = '512kb';
const readBytes = express.raw({ type: () => true, limit: BODY_LIMIT, inflate: false });

/** The signature is over the bytes as they came. Anything but 2xx has Stripe send the event again for days. */
export function createStripeWebhookEndpoint({ recharges }: { recharges: Pick<Recharges, 'receive'> }) {
  return openEndpoint({
    summary: 'What Stripe tells of payments',
    description:
      'For Stripe: the address to give for the events of checkout sessions, refunds and disputes. Its body is an event, signed with STRIPE_WEBHOOK_SECRET; the same event any number of times counts once.',
    tag: 'Wallet',
    headers: z.object({
      'stripe-signature': z.string('must be the signature that Stripe sends').meta({ examples: ['t=…,v1=…'] }),
    }),
    responses: {
      200: {
        description: 'Taken.',
        content: { 'application/json': { schema: z.object({ received: z.literal(true) }) } },
      },
    },
    errors: ['payment_unavailable', 'payload_too_large', 'unsupported_encoding'],
    async handle({ req, res, headers }) {
      await recharges.receive(await readBody(req, res), headers['stripe-signature']);
      return { status: 200, body: { received: true } };
    },
  });
}

async function readBody(req: Request, res: Response): Promise<Buffer> {
  await new Promise<void>((resolve, reject) => readBytes(req, res, (error) => (error ? reject(error) : resolve())));
  const body: unknown = req.body;
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}
