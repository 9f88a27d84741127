import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('leases', (table) => {
    table.text('name').primary().comment('What one process at a time may do.');
    table.uuid('holder').notNullable();
    table.timestamp('expires_at').notNullable().comment('Renewed while its holder lives.');
  });
  await knex.schema.createTable('turn_stops', (table) => {
    table.bigIncrements('id');
    table
      .uuid('turn_id')
      .notNullable()
      .comment('Somebody wants this answer to end; for processes that hear no signal.');
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('turn_stops');
  await knex.schema.dropTable('leases');
}
