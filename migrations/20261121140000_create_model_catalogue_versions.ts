import type { Knex } from 'knex';

/** Every list of models and prices that was ever in use, so that a charge of then can be explained now. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('model_catalogue_versions', (table) => {
    table.text('version').primary();
    table.jsonb('models').notNullable();
    table.timestamp('first_seen_at').notNullable();
    table.timestamp('seen_at').notNullable().index();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('model_catalogue_versions');
}
