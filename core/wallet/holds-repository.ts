import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { prepared } from '../db/database.ts';
import { AppError } from '../errors.ts';
import { type RecordedCall, recordUsage, usageBindings } from './usage-repository.ts';

export interface Hold {
  id: string;
  payer: 'wallet' | 'free';
  amountMicros: number;
}

export interface NewHold {
  walletId: string;
  turnId: string | null;
  payer: Hold['payer'];
  amountMicros: number;
  priceVersion: string | null;
  /** Today in UTC, whose allowance it is taken from. */
  day: string;
  expiresAt: Date;
}

export interface Settlement {
  holdId: string;
  /** What the call did cost; null for a call that never was. */
  costMicros: number | null;
  priceVersion: string | null;
  /** Whether a warning that is due reaches its person; otherwise it stays due, and comes with a later charge. */
  canWarn?: boolean;
  /** Put on record in the same statement; a turn's is when its answer is stored. */
  recorded?: RecordedCall;
}

export interface Settled {
  walletId: string;
  chargedMicros: number;
  /** Left of the balance, when this was the first charge told of to bring it down to a twentieth or a fifth of the last credit. */
  warning: { percent: number; leftMicros: number } | null;
  /** Whether what was released must not stay where it is: it is owed, or its owner is somebody else or gone. */
  isLeftToMove: boolean;
}

const HOLD = {
  wallet: `
with wallet as (
  update wallets set held_micros = held_micros + :amountMicros
  where id = :walletId and user_id is not null and not is_frozen and balance_micros - held_micros >= :amountMicros
  returning id, free_day
)`,
  free: `
with wallet as (
  update wallets set free_held_micros = free_held_micros + :amountMicros
  where id = :walletId and user_id is not null and free_day >= cast(:day as date) and free_micros - free_held_micros >= :amountMicros
  returning id, free_day
)`,
};

const KEEP_HOLD = `
insert into holds (id, wallet_id, turn_id, payer, amount_micros, free_day, price_version, expires_at)
select :id, wallet.id, cast(:turnId as uuid), :payer, :amountMicros, wallet.free_day, :priceVersion, :expiresAt
from wallet returning id`;

/**
 * Ends a hold and charges what the call did cost, in one statement. A call that cost more than was held takes the rest
 * from what else there is, and no more than that; a turn that was paid before costs nothing again. What is left of an
 * allowance that was held yesterday goes back to where it came from, and does not add to today's.
 */
const SETTLE = `
with hold as (
  update holds set ended_at = now(), delivered_call = case when delivered_call is not null then '{}'::jsonb end, state = case
      when cast(:costMicros as bigint) is null then 'released'
      when exists (select from holds paid where paid.turn_id = holds.turn_id and paid.state = 'settled') then 'released'
      else 'settled'
    end
  where id = :holdId and state = 'held'
  returning id, wallet_id, turn_id, payer, amount_micros, free_day, state
), before as (
  select wallets.id, wallets.warned_percent as warned, wallets.full_micros, wallets.owed_micros, wallets.user_id,
    hold.payer, hold.turn_id, hold.amount_micros, hold.id as hold_id,
    hold.payer = 'free' and hold.free_day is distinct from wallets.free_day as is_stale,
    wallets.balance_micros,
    least(
      case hold.state when 'settled' then cast(:costMicros as bigint) else 0 end,
      case
        when hold.payer = 'wallet' then wallets.balance_micros - wallets.held_micros + hold.amount_micros
        when hold.free_day is distinct from wallets.free_day then hold.amount_micros
        else wallets.free_micros - wallets.free_held_micros + hold.amount_micros
      end
    ) as charge
  from hold join wallets on wallets.id = hold.wallet_id for update of wallets
), judged as (
  select *,
    case when payer = 'free' or charge = 0 or not cast(:canWarn as boolean) then null
      when (balance_micros - charge) * 20 <= full_micros and coalesce(warned, 100) > 5 then 5
      when (balance_micros - charge) * 5 <= full_micros and coalesce(warned, 100) > 20 then 20
    end as warn
  from before
), wallet as (
  update wallets set
    held_micros = held_micros - case judged.payer when 'wallet' then judged.amount_micros else 0 end,
    free_held_micros = free_held_micros - case judged.payer when 'free' then judged.amount_micros else 0 end,
    warned_percent = coalesce(judged.warn, wallets.warned_percent)
  from judged where wallets.id = judged.id
), posted as (
  insert into ledger_transactions (id, kind, turn_id, idempotency_key)
  select cast(:transactionId as uuid), 'charge', turn_id, 'charge:' || coalesce(turn_id, hold_id) from judged where charge > 0
  returning id
), returned as (
  insert into ledger_transactions (id, kind, turn_id, idempotency_key)
  select cast(:returnId as uuid), 'allowance', null, 'allowance-returned:' || hold_id
  from judged where is_stale and amount_micros > charge
  returning id
), entries as (
  insert into ledger_entries (transaction_id, account, wallet_id, amount_micros, price_version)
  select posted.id, judged.payer, judged.id, -charge, :priceVersion from posted, judged
  union all
  select posted.id, 'revenue', null, charge, :priceVersion from posted, judged
  union all
  select returned.id, 'free', judged.id, charge - amount_micros, null from returned, judged
  union all
  select returned.id, 'allowance', null, amount_micros - charge, null from returned, judged
)`;

/**
 * A call goes on record once: not again when its process, which was thought dead, comes back after what it had delivered
 * was settled, and not by each of two replicas that clean up at once.
 */
const RECORD_ONCE = recordUsage(`
  exists (select from judged) or not exists (select from holds where id = :holdId and delivered_call is not null)`);

const SETTLED = `
select id, charge, warn, balance_micros - charge as left_micros, owed_micros, user_id from judged`;

/** Holds that nobody will settle any more: their turn has ended without them, or their time is up. */
const FIND_ORPHANED = `
select holds.id, holds.delivered_micros, holds.delivered_call, holds.price_version from holds
left join turns on turns.id = holds.turn_id
where holds.state = 'held' and (
  (holds.turn_id is null and holds.expires_at < cast(:now as timestamptz))
  or (holds.turn_id is not null and holds.created_at < cast(:now as timestamptz) - interval '1 minute'
      and (turns.id is null or turns.state not in ('queued', 'running')))
) order by holds.created_at limit :limit`;

export function createHoldsRepository(db: Knex) {
  return {
    /**
     * @returns null when the wallet does not have so much to spare
     * @throws AppError `conflict` when another process holds for the same turn
     */
    async hold(hold: NewHold): Promise<Hold | null> {
      const id = randomUUID();
      const { rows } = await db
        .raw(`${HOLD[hold.payer]} ${KEEP_HOLD}`, { id, ...hold })
        .options(prepared(`wallet_hold_${hold.payer}`))
        .catch(throwTaken);
      return rows.length > 0 ? { id, payer: hold.payer, amountMicros: hold.amountMicros } : null;
    },

    /** @returns null when it was ended before */
    async settle({ recorded, ...settlement }: Settlement): Promise<Settled | null> {
      const bindings = { canWarn: false, ...settlement, transactionId: randomUUID(), returnId: randomUUID() };
      const { rows } = recorded
        ? await db
            .raw(`${SETTLE}, ${RECORD_ONCE} ${SETTLED}`, { ...bindings, ...usageBindings(recorded) })
            .options(prepared('wallet_settle_and_record'))
        : await db.raw(`${SETTLE} ${SETTLED}`, bindings).options(prepared('wallet_settle'));
      const [row] = rows;
      if (!row) return null;
      return {
        walletId: row.id,
        chargedMicros: row.charge,
        warning: row.warn === null ? null : { percent: row.warn, leftMicros: row.left_micros },
        isLeftToMove: row.owed_micros > 0 || row.user_id === null,
      };
    },

    /** The hold that an earlier attempt at a turn left behind. */
    async findOfTurn(turnId: string): Promise<string | null> {
      const row = await db('holds').where({ turn_id: turnId, state: 'held' }).first('id');
      return row?.id ?? null;
    },

    async noteDelivered(holdId: string, recorded: RecordedCall): Promise<void> {
      await db('holds')
        .where({ id: holdId, state: 'held' })
        .update({
          delivered_micros: recorded.spending.costMicros ?? 0,
          delivered_call: JSON.stringify(recorded),
        });
    },

    async renew(holdIds: readonly string[], expiresAt: Date): Promise<void> {
      await db('holds').whereIn('id', holdIds).where({ state: 'held' }).update({ expires_at: expiresAt });
    },

    async findOrphaned({ now, limit }: { now: Date; limit: number }): Promise<Settlement[]> {
      const { rows } = await db.raw(FIND_ORPHANED, { now, limit });
      return rows.map(toSettlement);
    },
  };
}

interface OrphanedRow {
  id: string;
  delivered_micros: number;
  /** Null for a turn, and for a call that had delivered nothing yet. */
  delivered_call: RecordedCall | null;
  price_version: string | null;
}

function toSettlement(row: OrphanedRow): Settlement {
  return {
    holdId: row.id,
    costMicros: row.delivered_micros,
    priceVersion: row.price_version,
    ...(row.delivered_call && { recorded: row.delivered_call }),
  };
}

function throwTaken(error: unknown): never {
  if ((error as { constraint?: string }).constraint !== 'holds_one_per_turn') throw error;
  throw new AppError('conflict', 'This answer is being written elsewhere. Reload to see it.', { cause: error });
}
