import type { Knex } from 'knex';

/** Why a model stopped writing, and the turns by which an answer that met its limit goes on: one at a time. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('messages', (table) => {
    table.text('finish_reason').nullable();
  });
  await knex.schema.alterTable('turns', (table) => {
    table.uuid('continues_message_id').nullable().references('messages.id').onDelete('CASCADE');
  });
  await knex.raw('create index turns_continues on turns (continues_message_id) where continues_message_id is not null');
  await knex.raw(`create unique index turns_one_continuation on turns (continues_message_id)
    where continues_message_id is not null and state in ('queued', 'running')`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('turns', (table) => {
    table.dropColumn('continues_message_id');
  });
  await knex.schema.alterTable('messages', (table) => {
    table.dropColumn('finish_reason');
  });
}
