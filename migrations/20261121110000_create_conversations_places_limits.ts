import type { Knex } from 'knex';

/** Which session a chat platform's place continues, what its admins set there, and how much was asked lately. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('conversations', (table) => {
    table.uuid('id').primary().defaultTo(knex.fn.uuid());
    table.text('platform').notNullable();
    table.text('space').nullable();
    table.text('kind').notNullable();
    table.text('place_id').notNullable();
    // Whose conversation it is there; null in a thread, which everybody in it shares.
    table.uuid('user_id').nullable().references('users.id').onDelete('CASCADE').index();
    table.uuid('session_id').notNullable().references('sessions.id').onDelete('CASCADE').index();
    table.timestamp('last_used_at').notNullable();
    table.check(`kind in ('dm', 'thread', 'channel')`, [], 'conversations_kind_known');
    table.check(`(kind = 'thread') = (user_id is null)`, [], 'conversations_threads_are_shared');
  });
  await knex.raw(
    `create unique index conversations_one_per_place on conversations (platform, space, kind, place_id, user_id)
     nulls not distinct`,
  );

  await knex.schema.createTable('place_settings', (table) => {
    table.uuid('id').primary().defaultTo(knex.fn.uuid());
    table.text('platform').notNullable();
    table.text('space').notNullable();
    // Null for the settings of the whole space.
    table.text('channel').nullable();
    // Only what was set here; the rest is inherited.
    table.jsonb('settings').notNullable();
    table.timestamp('updated_at').notNullable().defaultTo(knex.fn.now());
  });
  await knex.raw(
    `create unique index place_settings_one_per_place on place_settings (platform, space, channel) nulls not distinct`,
  );

  // Losing the counts in a crash of the database harms nobody, so they need not be written twice.
  await knex.raw(`create unlogged table question_counts (
    key text primary key,
    used integer not null,
    ends_at timestamptz not null
  )`);
  await knex.raw('create index question_counts_ends_at on question_counts (ends_at)');
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['question_counts', 'place_settings', 'conversations']) await knex.schema.dropTable(table);
}
