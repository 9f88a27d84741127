import type { Knex } from 'knex';

/** Taken for the length of a transaction, so that two calls with one key do not both count on the same money. */
const LOCK_MONTH = `
insert into api_key_months (api_key_id, month)
select id, date_trunc('month', cast(:now as timestamptz) at time zone 'utc')::date from api_keys where id = :apiKeyId
on conflict (api_key_id, month) do update set spent_micros = api_key_months.spent_micros
returning spent_micros`;

const SUM_HOLDS = `
select coalesce(sum(amount_micros), 0)::bigint as micros from api_key_holds
where api_key_id = :apiKeyId and id <> :exceptHoldId and expires_at > :now`;

export interface KeyBudget {
  capMicros: number;
  spentMicros: number;
  heldMicros: number;
}

export function createKeySpendingRepository(db: Knex) {
  return {
    /** What a key may still spend this month; nobody else can until the transaction ends. Null for a key without a cap. */
    async lockBudget(
      apiKeyId: string,
      { now, exceptHoldId }: { now: Date; exceptHoldId: string },
    ): Promise<KeyBudget | null> {
      const { rows } = await db.raw(LOCK_MONTH, { apiKeyId, now });
      const key = await db('api_keys').where({ id: apiKeyId }).first('monthly_cap_micros');
      if (!rows[0] || !key || key.monthly_cap_micros === null) return null;
      const { rows: held } = await db.raw(SUM_HOLDS, { apiKeyId, now, exceptHoldId });
      return {
        capMicros: key.monthly_cap_micros,
        spentMicros: rows[0].spent_micros,
        heldMicros: held[0].micros,
      };
    },

    async hold(hold: { id: string; apiKeyId: string; amountMicros: number; expiresAt: Date }): Promise<void> {
      const { id, apiKeyId, amountMicros, expiresAt } = hold;
      await db('api_key_holds')
        .insert({ id, api_key_id: apiKeyId, amount_micros: amountMicros, expires_at: expiresAt })
        .onConflict('id')
        .merge(['amount_micros', 'expires_at']);
    },

    async renew(holdIds: readonly string[], expiresAt: Date): Promise<void> {
      await db('api_key_holds').whereIn('id', holdIds).update({ expires_at: expiresAt });
    },

    async release(holdId: string): Promise<void> {
      await db('api_key_holds').where({ id: holdId }).delete();
    },

    /** For the nightly job: calls whose process died. */
    async clearExpired(now: Date): Promise<void> {
      await db('api_key_holds').where('expires_at', '<', now).delete();
    },
  };
}
