import type { Knex } from 'knex';

/** Who can sign in with a name and a password, every web sign-in, and what keeps passwords from being guessed. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('users', (table) => {
    /** To be shown, as the person or their provider gave it; proves nothing and links nothing. */
    table.text('email');
    table.text('picture_url');
  });

  await knex.schema.createTable('accounts', (table) => {
    table.uuid('user_id').primary().references('users.id').onDelete('CASCADE');
    table.text('username').notNullable();
    /** The same for all names that look alike. */
    table.text('username_key').notNullable().unique();
    table.text('email_key').unique();
    table.text('password_hash').notNullable();
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
  });

  await knex.schema.createTable('logins', (table) => {
    table.uuid('id').primary();
    table.uuid('user_id').notNullable().references('users.id').onDelete('CASCADE').index();
    table.text('user_agent');
    table.text('network');
    /** Of the cookie of our own pages; programs have refresh tokens instead. */
    table.text('cookie_hash').unique();
    table.timestamp('created_at').notNullable();
    table.timestamp('last_used_at').notNullable();
    table.timestamp('expires_at').notNullable().index();
    table.timestamp('ended_at');
  });

  await knex.schema.createTable('refresh_tokens', (table) => {
    table.text('hash').primary();
    table.uuid('login_id').notNullable().references('logins.id').onDelete('CASCADE').index();
    table.timestamp('expires_at').notNullable();
    /** Set by its one use; a second one means that somebody else has it too. */
    table.timestamp('used_at');
  });

  await knex.raw(`
    create unlogged table sign_in_attempts (
      key text primary key,
      used integer not null,
      ends_at timestamptz not null
    )`);
  await knex.raw('create index sign_in_attempts_ends_at on sign_in_attempts (ends_at)');
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['sign_in_attempts', 'refresh_tokens', 'logins', 'accounts']) await knex.schema.dropTable(table);
  await knex.schema.alterTable('users', (table) => {
    table.dropColumns('email', 'picture_url');
  });
}
