import type { Knex } from 'knex';

/** Answers that anybody who has the link may read; they go when the message goes. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('shared_answers', (table) => {
    table.text('id').primary();
    table.uuid('message_id').notNullable().unique().references('messages.id').onDelete('CASCADE');
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('shared_answers');
}
