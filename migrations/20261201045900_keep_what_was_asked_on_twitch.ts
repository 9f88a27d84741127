import type { Knex } from 'knex';

/** The message itself, until it has its outcome, so that a process that takes it over can still decide on it. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('twitch_replies', (table) => {
    table.jsonb('asked').nullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('twitch_replies', (table) => table.dropColumn('asked'));
}
