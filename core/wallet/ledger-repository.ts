import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { decodeCursor, type Page, type PageRequest, toPage } from '../db/page.ts';

/** Those of one person each. What somebody owes stands below zero, as in any ledger. */
type OwnAccount = 'wallet' | 'free' | 'owed';
/** Where money comes from and goes to; their balances are only ever summed up. */
type SystemAccount = 'revenue' | 'stripe' | 'operator' | 'grants' | 'allowance' | 'forfeited';

export type TransactionKind =
  | 'opening'
  | 'credit'
  | 'recharge'
  | 'refund'
  | 'refund_undone'
  | 'charge'
  | 'purchase'
  | 'allowance'
  | 'debt_paid'
  | 'merge'
  | 'closing';

export type Posting = { amountMicros: number; priceVersion?: string | null } & (
  | { account: OwnAccount; walletId: string }
  | { account: SystemAccount }
);

export interface NewTransaction {
  kind: TransactionKind;
  /** The same key is posted once, however often it is tried. */
  key: string;
  turnId?: string | null;
  note?: string | null;
  /** Together zero; those of nothing are left out. */
  entries: Posting[];
}

/** One movement of a person's balance. */
export interface LedgerEntry {
  id: string;
  kind: TransactionKind;
  amountMicros: number;
  turnId: string | null;
  note: string | null;
  createdAt: Date;
}

interface LedgerEntryRow {
  id: string;
  position: number;
  kind: TransactionKind;
  amount_micros: number;
  turn_id: string | null;
  note: string | null;
  created_at: Date;
}

function toLedgerEntry(row: LedgerEntryRow): LedgerEntry {
  return {
    id: row.id,
    kind: row.kind,
    amountMicros: row.amount_micros,
    turnId: row.turn_id,
    note: row.note,
    createdAt: row.created_at,
  };
}

const POST = `
with posted as (
  insert into ledger_transactions (id, kind, turn_id, idempotency_key, note)
  values (:id, :kind, :turnId, :key, :note) on conflict (idempotency_key) do nothing returning id
)
insert into ledger_entries (transaction_id, account, wallet_id, amount_micros, price_version)
select posted.id, entry.account, entry.wallet_id, entry.amount_micros, entry.price_version
from posted, jsonb_to_recordset(cast(:entries as jsonb))
  as entry (account text, wallet_id uuid, amount_micros bigint, price_version text)
returning 1`;

export function createLedgerRepository(db: Knex) {
  return {
    /** Moves the balances too. @returns false when this key was posted before, or there was nothing to move */
    async post({ kind, key, turnId = null, note = null, entries }: NewTransaction): Promise<boolean> {
      const moving = entries.filter(({ amountMicros }) => amountMicros !== 0);
      if (moving.length === 0) return false;
      const { rows } = await db.raw(POST, {
        id: randomUUID(),
        kind,
        key,
        turnId,
        note,
        entries: JSON.stringify(
          moving.map((entry) => ({
            account: entry.account,
            wallet_id: 'walletId' in entry ? entry.walletId : null,
            amount_micros: entry.amountMicros,
            price_version: entry.priceVersion ?? null,
          })),
        ),
      });
      return rows.length > 0;
    },

    /**
     * What moved a balance, newest first, with the history of wallets that were merged into it. What went from one of
     * them to the other is left out: to their owner it is one balance.
     */
    async listOfWallet(walletId: string, page: PageRequest): Promise<Page<LedgerEntry>> {
      const before = decodeCursor(page.cursor, 1);
      const query = db('ledger_entries as entry')
        .join('ledger_transactions as transaction', 'transaction.id', 'entry.transaction_id')
        .whereIn('wallet_id', db('wallets').where({ id: walletId }).orWhere({ merged_into: walletId }).select('id'))
        .where({ account: 'wallet' })
        .whereNot({ kind: 'merge' })
        .select('entry.id', 'position', 'kind', 'amount_micros', 'turn_id', 'note', 'created_at')
        .orderBy('position', 'desc')
        .limit(page.limit + 1);
      if (before) query.whereRaw('position < ?::bigint', before);
      return toPage<LedgerEntryRow, LedgerEntry>(await query, {
        limit: page.limit,
        toItem: toLedgerEntry,
        toKey: (row) => [row.position],
      });
    },
  };
}
