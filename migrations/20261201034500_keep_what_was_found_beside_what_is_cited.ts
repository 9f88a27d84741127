import type { Knex } from 'knex';

/** All that was found for an answer, for whoever asks why; `sources` has those of it that the answer cites. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('messages', (table) => {
    table.jsonb('found_sources').nullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('messages', (table) => {
    table.dropColumn('found_sources');
  });
}
