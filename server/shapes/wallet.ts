import { z } from 'zod';
import type { Recharge } from '../../core/recharges/recharges-repository.ts';
import type { LedgerEntry } from '../../core/wallet/ledger-repository.ts';
import { CURRENCY, MICROS_PER_CENT } from '../../core/wallet/money.ts';
import type { Wallet } from '../../core/wallet/wallet.ts';
import { timestamp, uuid } from './text.ts';

export const walletShape = z
  .object({
    balance_micros: z.int().min(0).meta({ description: 'In millionths of a US dollar: the exact value.' }),
    balance_cents: z.int().min(0).meta({ description: 'Whole cents of it.' }),
    currency: z.literal(CURRENCY),
    frozen: z.boolean().meta({ description: 'Nothing is paid from it, because a payment was taken back.' }),
  })
  .meta({ id: 'Wallet' });

export const ledgerEntryShape = z
  .object({
    id: uuid,
    kind: z.string().meta({ examples: ['recharge', 'charge'] }),
    amount_micros: z
      .int()
      .meta({ description: 'Below zero for what was spent; all of them together are the balance.' }),
    turn_id: uuid.nullable().meta({ description: 'Of the answer that was paid.' }),
    created_at: timestamp,
  })
  .meta({ id: 'LedgerEntry', description: 'One movement of a balance.' });

export function toWalletShape(wallet: Wallet): z.input<typeof walletShape> {
  return {
    balance_micros: wallet.balanceMicros,
    balance_cents: Math.floor(wallet.balanceMicros / MICROS_PER_CENT),
    currency: CURRENCY,
    frozen: wallet.isFrozen,
  };
}

export function toLedgerEntryShape(entry: LedgerEntry): z.input<typeof ledgerEntryShape> {
  return {
    id: entry.id,
    kind: entry.kind,
    amount_micros: entry.amountMicros,
    turn_id: entry.turnId,
    created_at: entry.createdAt.toISOString(),
  };
}

export const rechargeShape = z
  .object({
    id: uuid,
    amount_cents: z.int(),
    state: z.enum(['pending', 'paid', 'failed']),
    credited_cents: z.int().meta({ description: 'In the balance: nothing before it is paid, less after a refund.' }),
    created_at: timestamp,
  })
  .meta({ id: 'Recharge' });

export const spendingShape = z
  .object({
    billing: z.enum(['off', 'wallet']).meta({ description: 'off: answers cost nothing here.' }),
    recharge_cents: z.array(z.int()).meta({ description: 'Amounts that can be recharged; empty where none can.' }),
    free_daily_micros: z.int().min(0),
    free_left_micros: z.int().min(0).meta({ description: "Of today's allowance, which begins anew at 00:00 UTC." }),
    api_key_price_micros: z.int().min(0).meta({ description: 'What making an API key costs.' }),
    owed_micros: z.int().min(0).meta({ description: 'Taken back of payments and not paid yet.' }),
  })
  .meta({ id: 'Spending', description: 'What I can spend beside my balance, and how to add to it.' });

export function toRechargeShape(recharge: Recharge): z.input<typeof rechargeShape> {
  return {
    id: recharge.id,
    amount_cents: recharge.amountMicros / MICROS_PER_CENT,
    state: recharge.state,
    credited_cents: recharge.postedMicros / MICROS_PER_CENT,
    created_at: recharge.createdAt.toISOString(),
  };
}
