import type { Knex } from 'knex';
import type { Spending } from './answer-payments.ts';

/** Whose call it was and where, for a call that ended without a turn to say so. */
export interface UsageOf {
  turnId: string | null;
  userId: string;
  platform: string;
  space: string | null;
}

export function createUsageRepository(db: Knex) {
  return {
    /** Once per turn; without the person, when they have been erased meanwhile. */
    async record({ turnId, userId, platform, space }: UsageOf, spending: Spending): Promise<void> {
      await db('usage_records')
        .insert({
          turn_id: turnId,
          user_id: db('users').where({ id: userId }).select('id'),
          platform,
          space,
          model: spending.model,
          payer: spending.payer,
          input_tokens: spending.usage.inputTokens,
          output_tokens: spending.usage.outputTokens,
          cost_micros: spending.costMicros,
          price_version: spending.priceVersion,
        })
        .onConflict('turn_id')
        .ignore();
    },
  };
}
