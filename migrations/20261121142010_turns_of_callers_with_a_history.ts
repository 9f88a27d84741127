import type { Knex } from 'knex';

/** What a caller that keeps its own history said before the question; only until the turn has ended. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('turns', (table) => {
    table.jsonb('given_history').nullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('turns', (table) => {
    table.dropColumn('given_history');
  });
}
