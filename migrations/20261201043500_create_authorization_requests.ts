import type { Knex } from 'knex';

/**
 * Ways to a sign-in provider that somebody has set out on, each by the state that it comes back with. Several can be under
 * way in one browser, each is answered once, and how it ended is kept for as long as its answer may come a second time.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('authorization_requests', (table) => {
    table.text('state_hash').primary();
    /** Of a cookie of the browser that it was begun in. */
    table.text('browser_hash').notNullable();
    table.text('provider').notNullable();
    /** What only we know of it, and where to go afterwards; encrypted. */
    table.text('sealed').notNullable();
    table.timestamp('expires_at').notNullable().index();
    table.timestamp('claimed_at').nullable();
    /** How it ended: who was signed in and where to go on, or why not. */
    table.jsonb('outcome').nullable();
  });
  await knex.schema.alterTable('logins', (table) => {
    /** Through which sign-in provider; null for a password. */
    table.text('provider').nullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('logins', (table) => {
    table.dropColumn('provider');
  });
  await knex.schema.dropTable('authorization_requests');
}
