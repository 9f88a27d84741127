import type { Knex } from 'knex';

/**
 * Payments that people were sent to make, and what was taken back of them. Both only ever collect facts, in whatever
 * order they are heard of; what follows from them for a balance is worked out anew after each.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('recharges', (table) => {
    table.uuid('id').primary();
    table.uuid('wallet_id').notNullable().references('wallets.id').index();
    table.bigInteger('amount_micros').notNullable();
    table.text('state').notNullable().defaultTo('pending');
    /** Of the payment provider: the page where it is paid, and the payment itself once there is one. */
    table.text('checkout_id').nullable().unique();
    table.text('payment_id').nullable().unique();
    /** What the ledger has of it so far, and how many postings that took. */
    table.bigInteger('posted_micros').notNullable().defaultTo(0);
    table.integer('postings').notNullable().defaultTo(0);
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
    table.timestamp('paid_at').nullable();
    table.check(`state in ('pending', 'paid', 'failed')`, [], 'recharges_state_known');
    table.check('amount_micros > 0', [], 'recharges_amount_positive');
    table.check('posted_micros >= 0 and posted_micros <= amount_micros', [], 'recharges_posted_within_amount');
  });

  await knex.schema.createTable('payment_reversals', (table) => {
    /** The provider's, of the dispute; all refunds of a payment together are one. */
    table.text('id').primary();
    table.text('payment_id').notNullable().index();
    table.text('kind').notNullable();
    table.bigInteger('amount_micros').notNullable();
    // Each is heard of once and stays true, so that the order in which they are heard does not matter.
    table.boolean('is_taken').notNullable().defaultTo(false);
    table.boolean('is_given_back').notNullable().defaultTo(false);
    table.boolean('is_closed').notNullable().defaultTo(false);
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
    table.check(`kind in ('refund', 'dispute')`, [], 'payment_reversals_kind_known');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('payment_reversals');
  await knex.schema.dropTable('recharges');
}
