import type { Knex } from 'knex';

/** Keys with which people pay for their own answers at a provider. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('provider_keys', (table) => {
    /** New with every key: what is encrypted is bound to it. */
    table.uuid('id').primary();
    table.uuid('user_id').notNullable().unique().references('users.id').onDelete('CASCADE');
    /** As people call it; from the address. */
    table.text('provider').notNullable();
    table.text('base_url').notNullable();
    /** No address was given, so it was the operator's. */
    table.boolean('is_operators_server').notNullable();
    /** Which of the provider's models; null for the same as everybody's. */
    table.text('model');
    table.text('last4').notNullable();
    /** Encrypted. */
    table.text('api_key').notNullable();
    /** Of the key that it is encrypted with. */
    table.text('key_id').notNullable().index();
    table.timestamp('updated_at').notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('provider_keys');
}
