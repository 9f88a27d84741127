import type { Knex } from 'knex';

/** Tokens of a provider that work no more: what needs them waits until the person signs in there again. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('identities', (table) => {
    table.boolean('needs_sign_in').notNullable().defaultTo(false);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('identities', (table) => {
    table.dropColumn('needs_sign_in');
  });
}
