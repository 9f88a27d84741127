import { z } from 'zod';
import type { ApiKeys } from '../../core/api-keys/api-keys.ts';
import type { Recharges } from '../../core/recharges/recharges.ts';
import type { AnswerPayments } from '../../core/wallet/answer-payments.ts';
import { spendableMicros } from '../../core/wallet/wallet.ts';
import type { Wallets } from '../../core/wallet/wallets.ts';
import { endpoint } from '../endpoint.ts';
import { pageQuery, pageShape, toPageShape } from '../shapes/page.ts';
import { httpUrl, uuid } from '../shapes/text.ts';
import {
  ledgerEntryShape,
  rechargeShape,
  spendingShape,
  toLedgerEntryShape,
  toRechargeShape,
  toWalletShape,
  walletShape,
} from '../shapes/wallet.ts';

const tag = 'Wallet';

export interface WalletEndpointsOptions {
  wallets: Pick<Wallets, 'open' | 'openForToday' | 'listLedger' | 'freeDailyMicros'>;
  payments: Pick<AnswerPayments, 'isOn'>;
  apiKeys: Pick<ApiKeys, 'priceMicros'>;
  recharges: Pick<Recharges, 'begin' | 'get' | 'amountsCents'>;
}

export function createWalletEndpoints({ wallets, payments, apiKeys, recharges }: WalletEndpointsOptions) {
  return {
    get: endpoint({
      summary: 'My balance',
      tag,
      responses: { 200: { description: 'The wallet.', content: { 'application/json': { schema: walletShape } } } },
      async handle({ grant }) {
        return { status: 200, body: toWalletShape(await wallets.open(grant.userId)) };
      },
    }),

    ledger: endpoint({
      summary: 'What moved my balance, newest first',
      tag,
      query: pageQuery,
      responses: {
        200: { description: 'One page.', content: { 'application/json': { schema: pageShape(ledgerEntryShape) } } },
      },
      async handle({ grant, query }) {
        const page = await wallets.listLedger({ userId: grant.userId, ...query });
        return { status: 200, body: toPageShape(page, toLedgerEntryShape) };
      },
    }),

    spending: endpoint({
      summary: 'What I can spend beside my balance',
      tag,
      responses: { 200: { description: 'As it is now.', content: { 'application/json': { schema: spendingShape } } } },
      async handle({ grant }) {
        const wallet = await wallets.openForToday(grant.userId);
        const body = {
          billing: payments.isOn ? 'wallet' : 'off',
          recharge_cents: recharges.amountsCents,
          free_daily_micros: wallets.freeDailyMicros,
          free_left_micros: spendableMicros(wallet, 'free'),
          api_key_price_micros: apiKeys.priceMicros,
          owed_micros: wallet.owedMicros,
        };
        return { status: 200, body };
      },
    }),

    recharge: endpoint({
      summary: 'Add to my balance',
      description:
        'Gives the address of a page at Stripe to pay on. The balance grows when Stripe confirms the payment, usually within seconds of it.',
      tag,
      body: z.strictObject({ amount_cents: z.int('must be a whole number of cents') }),
      responses: {
        201: {
          description: 'The page.',
          content: { 'application/json': { schema: z.object({ id: uuid, checkout_url: httpUrl }) } },
        },
      },
      errors: ['payment_unavailable'],
      async handle({ grant, body }) {
        const { id, url } = await recharges.begin({ userId: grant.userId, amountCents: body.amount_cents });
        return { status: 201, body: { id, checkout_url: url } };
      },
    }),

    getRecharge: endpoint({
      summary: 'What became of a recharge',
      tag,
      params: z.object({ recharge_id: uuid }),
      responses: {
        200: { description: 'As the books say.', content: { 'application/json': { schema: rechargeShape } } },
      },
      errors: ['not_found'],
      async handle({ grant, params }) {
        const recharge = await recharges.get({ userId: grant.userId, rechargeId: params.recharge_id });
        return { status: 200, body: toRechargeShape(recharge) };
      },
    }),
  };
}
