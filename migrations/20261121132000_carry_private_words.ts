import type { Knex } from 'knex';

/** Up to which turn a person has agreed that others may read what they said in private. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('conversations', (table) => {
    /** A position in `turns`; null where nothing was agreed to. */
    table.bigInteger('carries_up_to');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('conversations', (table) => {
    table.dropColumn('carries_up_to');
  });
}
