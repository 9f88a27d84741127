import type { Knex } from 'knex';

/**
 * A refund can fail, or be cancelled, after it was counted, and a payment can be made in another currency than the one it
 * was asked in. Both take a little more to be known of payments and of what was taken back of them.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('recharges', (table) => {
    /** Millionths of the currency that was paid in, where that is not the one that was asked for. */
    table.bigInteger('charged_micros').nullable();
  });
  await knex.schema.alterTable('payment_reversals', (table) => {
    /** When the provider said so, by its own clock: what is older does not undo what is newer. */
    table.timestamp('noted_at').notNullable().defaultTo(knex.raw(`to_timestamp(0)`));
    table.timestamp('given_back_at').nullable();
  });
  await knex.raw('alter table payment_reversals drop constraint payment_reversals_kind_known');
  await knex.raw(`alter table payment_reversals add constraint payment_reversals_kind_known
    check (kind in ('refund', 'single_refund', 'dispute'))`);
}

export async function down(knex: Knex): Promise<void> {
  await knex('payment_reversals').where({ kind: 'single_refund' }).delete();
  await knex.raw('alter table payment_reversals drop constraint payment_reversals_kind_known');
  await knex.raw(`alter table payment_reversals add constraint payment_reversals_kind_known
    check (kind in ('refund', 'dispute'))`);
  await knex.schema.alterTable('payment_reversals', (table) => {
    table.dropColumns('noted_at', 'given_back_at');
  });
  await knex.schema.alterTable('recharges', (table) => {
    table.dropColumn('charged_micros');
  });
}
