import type { Knex } from 'knex';

/** What was spent with each API key: on record call by call, and summed up by month for its cap. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('usage_records', (table) => {
    // No reference, here and below: what was spent stays on record when the key is deleted.
    table.uuid('api_key_id').nullable();
  });
  await knex.raw(
    'create index usage_records_api_key on usage_records (api_key_id, created_at) where api_key_id is not null',
  );

  await knex.schema.createTable('api_key_months', (table) => {
    table.uuid('api_key_id').notNullable();
    /** The first day of a month, in UTC. */
    table.date('month').notNullable();
    table.bigInteger('spent_micros').notNullable().defaultTo(0);
    table.primary(['api_key_id', 'month']);
  });

  /** What answers that are being written may still cost, for keys with a cap. */
  await knex.schema.createTable('api_key_holds', (table) => {
    table.uuid('id').primary();
    table.uuid('api_key_id').notNullable();
    table.bigInteger('amount_micros').notNullable();
    table.timestamp('expires_at').notNullable();
    table.index(['api_key_id']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('api_key_holds');
  await knex.schema.dropTable('api_key_months');
  await knex.schema.alterTable('usage_records', (table) => {
    table.dropColumn('api_key_id');
  });
}
