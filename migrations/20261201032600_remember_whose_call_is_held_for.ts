import type { Knex } from 'knex';

/** What a call has spent so far and whose it is: whoever settles it after its process has died puts that on record, too. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('holds', (table) => {
    table.jsonb('delivered_call').nullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('holds', (table) => {
    table.dropColumn('delivered_call');
  });
}
