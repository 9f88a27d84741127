import type { Knex } from 'knex';

/** Why an answer is by its model, what the router took the question for, and the model that a person has fixed. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('messages', (table) => {
    table.text('model_reason').nullable();
    table.text('question_kind').nullable();
    table.specificType('question_need', 'smallint').nullable();
  });
  // What became of the latest routed answers is read every few minutes.
  await knex.raw('create index messages_routed on messages (created_at) where question_kind is not null');
  await knex.schema.alterTable('users', (table) => {
    table.text('model').nullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('users', (table) => table.dropColumn('model'));
  await knex.schema.alterTable('messages', (table) => {
    table.dropColumns('model_reason', 'question_kind', 'question_need');
  });
}
