import type { Knex } from 'knex';

/** Who people were before they were merged into somebody: their old ids may still be on their way. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('merged_users', (table) => {
    table.uuid('old_id').primary();
    table.uuid('new_id').notNullable().references('users.id').onDelete('CASCADE').index();
    table.timestamp('merged_at').notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('merged_users');
}
