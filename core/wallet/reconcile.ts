import type { Knex } from 'knex';

/** Something in the books that does not add up. */
export interface LedgerProblem {
  what: string;
  /** Of the wallet or transaction it was found at. */
  id: string | null;
}

/** Each gives the ids of what is wrong; in a sound database all are empty. */
const QUESTIONS: { what: string; sql: string }[] = [
  {
    what: 'a transaction does not add up to zero',
    sql: `select transaction_id as id from ledger_entries group by transaction_id having sum(amount_micros) <> 0`,
  },
  {
    what: 'a transaction has no entries',
    sql: `select id from ledger_transactions t where not exists (select from ledger_entries where transaction_id = t.id)`,
  },
  {
    what: 'a balance differs from the sum of its entries',
    sql: `select wallets.id from wallets left join (
            select wallet_id, sum(amount_micros) filter (where account = 'wallet') as wallet,
              sum(amount_micros) filter (where account = 'free') as free,
              sum(amount_micros) filter (where account = 'owed') as owed
            from ledger_entries where wallet_id is not null group by wallet_id
          ) sums on sums.wallet_id = wallets.id
          where balance_micros <> coalesce(sums.wallet, 0) or free_micros <> coalesce(sums.free, 0)
            or owed_micros <> -coalesce(sums.owed, 0)`,
  },
  {
    what: 'what is held differs from the sum of its holds',
    sql: `select wallets.id from wallets left join (
            select wallet_id, sum(amount_micros) filter (where payer = 'wallet') as wallet,
              sum(amount_micros) filter (where payer = 'free') as free
            from holds where state = 'held' group by wallet_id
          ) sums on sums.wallet_id = wallets.id
          where held_micros <> coalesce(sums.wallet, 0) or free_held_micros <> coalesce(sums.free, 0)`,
  },
  {
    what: 'a wallet that belongs to nobody has money',
    sql: `select id from wallets where user_id is null and balance_micros > held_micros`,
  },
];

const MOST_NAMED = 20;

/**
 * Goes through the whole ledger and tells what does not add up: nothing, unless somebody changed the database by hand
 * or there is a bug. It changes nothing.
 */
export async function reconcileLedger(db: Knex): Promise<LedgerProblem[]> {
  // One view of the books for all questions, so that a charge between two of them is no difference.
  return db.transaction(findLedgerProblems, { isolationLevel: 'repeatable read', readOnly: true });
}

/** The same, in a transaction of the caller's in which nothing changes meanwhile. */
export async function findLedgerProblems(trx: Knex.Transaction): Promise<LedgerProblem[]> {
  const problems: LedgerProblem[] = [];
  for (const { what, sql } of QUESTIONS) {
    const { rows } = await trx.raw(`${sql} limit ?`, [MOST_NAMED]);
    problems.push(...rows.map(({ id }: { id: string }) => ({ what, id })));
  }
  return problems;
}
