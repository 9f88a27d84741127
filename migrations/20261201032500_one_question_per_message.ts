import type { Knex } from 'knex';

/**
 * Which turn answers a platform's message: whatever events it comes in, it is one question. When it is edited, another
 * turn takes the place of the one before, which then leads to it.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('asked_messages', (table) => {
    table.text('platform').notNullable();
    table.text('message_id').notNullable();
    table.uuid('turn_id').notNullable().references('turns.id').onDelete('CASCADE').index();
    // Of the newest version that was heard of; an older one that arrives later is nothing new.
    table.timestamp('edited_at').nullable();
    table.primary(['platform', 'message_id']);
  });
  await knex.schema.alterTable('turns', (table) => {
    table.uuid('superseded_by').nullable().references('turns.id').onDelete('SET NULL');
  });
  await knex.raw('create index turns_superseded_by on turns (superseded_by) where superseded_by is not null');
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('turns', (table) => {
    table.dropColumn('superseded_by');
  });
  await knex.schema.dropTable('asked_messages');
}
