import type { Knex } from 'knex';

/** What the Slack bot keeps: workspaces that installed it, what it was asked and has to show, and its call budgets. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('slack_installations', (table) => {
    table.text('id').primary();
    /** The whole installation, tokens included, encrypted. */
    table.text('installation').notNullable();
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
    table.timestamp('updated_at').notNullable().defaultTo(knex.fn.now());
  });
  await knex.schema.createTable('slack_requests', (table) => {
    table.text('id').primary();
    table.text('team_id').notNullable();
    /** What was asked, encrypted; emptied when its outcome is visible. */
    table.text('request');
    table.uuid('turn_id').index();
    /** The messages in which the outcome is shown. */
    table.jsonb('progress');
    table.uuid('lease_owner');
    table.timestamp('lease_until');
    table.integer('attempts').notNullable().defaultTo(1);
    table.timestamp('done_at');
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
  });
  await knex.raw('create index slack_requests_open on slack_requests (lease_until) where done_at is null');
  await knex.raw('create index slack_requests_done on slack_requests (done_at) where done_at is not null');
  // Counters of the last minute: losing them in a crash costs nothing.
  await knex.raw(`
    create unlogged table slack_budgets (
      key text primary key,
      next_at timestamptz not null
    ) with (fillfactor = 50)`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('slack_budgets');
  await knex.schema.dropTable('slack_requests');
  await knex.schema.dropTable('slack_installations');
}
