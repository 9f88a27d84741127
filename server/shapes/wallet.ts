import { z } from 'zod';
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
