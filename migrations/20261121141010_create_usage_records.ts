import type { Knex } from 'knex';

/** What was spent, per person, place and model, whether or not anybody pays for it. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('usage_records', (table) => {
    table.uuid('id').primary().defaultTo(knex.fn.uuid());
    // Not a reference: the operator's costs stay on record when a chat is deleted.
    table.uuid('turn_id').nullable().unique();
    table.uuid('user_id').nullable().references('users.id').onDelete('SET NULL');
    table.text('platform').notNullable();
    table.text('space').nullable();
    table.text('model').notNullable();
    table.text('payer').notNullable();
    table.integer('input_tokens').notNullable();
    table.integer('output_tokens').notNullable();
    /** Null where the price is not known. */
    table.bigInteger('cost_micros').nullable();
    table.text('price_version').nullable();
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now()).index();
    table.index(['user_id', 'created_at']);
    table.check(`payer in ('operator', 'own_key', 'wallet', 'free')`, [], 'usage_records_payer_known');
    table.check('input_tokens >= 0 and output_tokens >= 0', [], 'usage_records_tokens_not_negative');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('usage_records');
}
