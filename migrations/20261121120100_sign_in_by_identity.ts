import type { Knex } from 'knex';

/** What a provider says of a person who signs in through it, and the tokens it gave for them. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('identities', (table) => {
    table.text('email');
    table.text('picture_url');
    table.text('profile_url');
    /** Encrypted; gone with the row. */
    table.text('tokens');
    /** Null for those known from chat only, which nobody has signed in with yet. */
    table.timestamp('signed_in_at');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('identities', (table) => {
    table.dropColumns('email', 'picture_url', 'profile_url', 'tokens', 'signed_in_at');
  });
}
