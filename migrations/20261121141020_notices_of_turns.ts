import type { Knex } from 'knex';

/** What is to be said to the asker beside the answer, such as that the balance runs low. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('turns', (table) => {
    table.jsonb('notices').nullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('turns', (table) => {
    table.dropColumn('notices');
  });
}
