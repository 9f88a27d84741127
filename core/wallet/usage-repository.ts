import type { Knex } from 'knex';
import { prepared } from '../db/database.ts';
import type { Spending } from './spending.ts';

/** Adds what `spent` (api_key_id, cost_micros, created_at) was, to what the key has spent this month. */
export const ADD_TO_KEY = `
insert into api_key_months (api_key_id, month, spent_micros)
select api_key_id, date_trunc('month', created_at at time zone 'utc')::date, coalesce(cost_micros, 0)
from spent where api_key_id is not null
on conflict (api_key_id, month) do update set spent_micros = api_key_months.spent_micros + excluded.spent_micros`;

/** Whose call it was and where, for a call that ended without a turn to say so. */
export interface UsageOf {
  turnId: string | null;
  userId: string;
  platform: string;
  space: string | null;
  /** The API key it was made with. */
  apiKeyId?: string | undefined;
}

/** Puts a call on record where `condition` holds, within a statement of more than that; `usageBindings` are for it. */
export const recordUsage = (condition: string) => `
spent as (
  insert into usage_records (turn_id, user_id, platform, space, api_key_id, model, payer, input_tokens, output_tokens,
    cost_micros, price_version)
  select cast(:turnId as uuid), (select id from users where id = :userId), :platform, :space,
    cast(:apiKeyId as uuid), :model, :spentBy, cast(:inputTokens as integer), cast(:outputTokens as integer),
    cast(:costMicros as bigint), :priceVersion
  where ${condition}
  on conflict (turn_id) do nothing
  returning api_key_id, cost_micros, created_at
), added_to_key as (${ADD_TO_KEY})`;

/** Whose call it was, and what it spent. */
export interface RecordedCall {
  call: UsageOf;
  spending: Spending;
}

export function usageBindings({ call, spending }: RecordedCall) {
  const { turnId, userId, platform, space, apiKeyId = null } = call;
  const { model, payer: spentBy, usage, costMicros, priceVersion } = spending;
  const { inputTokens, outputTokens } = usage;
  return {
    turnId,
    userId,
    platform,
    space,
    apiKeyId,
    model,
    spentBy,
    inputTokens,
    outputTokens,
    costMicros,
    priceVersion,
  };
}

export type UsageRepository = ReturnType<typeof createUsageRepository>;

export function createUsageRepository(db: Knex) {
  return {
    /** Once per turn; without the person, when they have been erased meanwhile. */
    async record(call: UsageOf, spending: Spending): Promise<void> {
      await db
        .raw(`with ${recordUsage('true')} select`, usageBindings({ call, spending }))
        .options(prepared('usage_record'));
    },

    /** Adds what a turn's answer did cost to what its key has spent: for a turn whose record was written without. */
    async addTurnToKey(turnId: string): Promise<void> {
      const spent = 'select api_key_id, cost_micros, created_at from usage_records where turn_id = :turnId';
      await db.raw(`with spent as (${spent}) ${ADD_TO_KEY}`, { turnId }).options(prepared('usage_add_turn_to_key'));
    },

    /** What an answer did cost; null where the price of its model was not known. */
    async findCost(turnId: string): Promise<number | null> {
      const row = await db('usage_records').where({ turn_id: turnId }).first('cost_micros');
      return row?.cost_micros ?? null;
    },
  };
}
