import type { Knex } from 'knex';

/**
 * `turns.position` is the order of arrival. A message's `position` is derived from its turn's (twice it for the
 * question, one more for the answer), so that a question and its answer stay together however many wait in line.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('sessions', (table) => {
    table.uuid('id').primary();
    table.uuid('user_id').notNullable().references('users.id').onDelete('CASCADE');
    table.text('platform').notNullable();
    table.text('space').nullable();
    table.text('title').notNullable();
    table.boolean('is_named').notNullable().defaultTo(false);
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
    table.timestamp('updated_at').notNullable().defaultTo(knex.fn.now());
    table.index(['user_id', 'updated_at', 'id']);
  });

  await knex.schema.createTable('turns', (table) => {
    table.uuid('id').primary();
    table.uuid('session_id').notNullable().references('sessions.id').onDelete('CASCADE');
    table.uuid('user_id').notNullable().references('users.id').onDelete('CASCADE').index();
    table.specificType('position', 'bigint generated always as identity');
    table.text('platform').notNullable();
    table.text('state').notNullable();
    table.specificType('attempts', 'smallint').notNullable().defaultTo(0);
    table.text('lease_owner').nullable();
    table.timestamp('lease_until').nullable();
    table.jsonb('place').notNullable();
    table.jsonb('delivery').nullable();
    table.text('error_code').nullable();
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
    table.timestamp('started_at').nullable();
    table.timestamp('finished_at').nullable();
    table.check(`state in ('queued', 'running', 'complete', 'interrupted', 'failed')`, [], 'turns_state_known');
  });
  // Answers within a session come in order of arrival, across processes: the database itself allows one at a time.
  await knex.raw(`create unique index turns_one_running_per_session on turns (session_id) where state = 'running'`);
  await knex.raw(`create index turns_unfinished on turns (session_id, position) where state in ('queued', 'running')`);
  await knex.raw(`create index turns_leases on turns (lease_until) where state in ('queued', 'running')`);

  await knex.schema.createTable('inbox_events', (table) => {
    table.text('platform').notNullable();
    table.text('event_id').notNullable();
    table.uuid('turn_id').nullable().references('turns.id').onDelete('CASCADE').index();
    table.timestamp('received_at').notNullable().defaultTo(knex.fn.now()).index();
    table.primary(['platform', 'event_id']);
  });

  await knex.schema.createTable('messages', (table) => {
    table.uuid('id').primary();
    table.uuid('session_id').notNullable().references('sessions.id').onDelete('CASCADE');
    table.uuid('turn_id').notNullable().references('turns.id').onDelete('CASCADE').index();
    table.bigInteger('position').notNullable();
    table.text('role').notNullable();
    table.text('author_name').nullable();
    table.text('content').notNullable();
    table.text('image_url').nullable();
    table.text('status').notNullable();
    table.jsonb('sources').notNullable().defaultTo('[]');
    table.text('model').nullable();
    table.integer('input_tokens').nullable();
    table.integer('output_tokens').nullable();
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
    table.unique(['session_id', 'position']);
    table.check(`role in ('user', 'assistant')`, [], 'messages_role_known');
    table.check(`status in ('complete', 'interrupted', 'failed')`, [], 'messages_status_known');
  });

  await knex.schema.createTable('feedback', (table) => {
    table.uuid('message_id').notNullable().references('messages.id').onDelete('CASCADE');
    table.uuid('user_id').notNullable().references('users.id').onDelete('CASCADE').index();
    table.text('rating').notNullable();
    table.text('reason').nullable();
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
    table.primary(['message_id', 'user_id']);
    table.check(`rating in ('up', 'down')`, [], 'feedback_rating_known');
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['feedback', 'messages', 'inbox_events', 'turns', 'sessions']) await knex.schema.dropTable(table);
}
