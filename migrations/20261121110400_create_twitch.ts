import type { Knex } from 'knex';

/** What the Twitch bot keeps: its tokens, its channels, what it has to say, and how much it has said lately. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('twitch_tokens', (table) => {
    table.text('login').primary();
    /** Access and refresh token, encrypted. */
    table.text('tokens').notNullable();
    /** Of the tokens in the settings that these were renewed from: newer ones in the settings win. */
    table.text('settings_hash').notNullable();
    table.timestamp('updated_at').notNullable().defaultTo(knex.fn.now());
  });

  // Joined or left from the chat; channels that are only in the settings are not here.
  await knex.schema.createTable('twitch_channels', (table) => {
    table.text('login').primary();
    table.boolean('is_joined').notNullable();
    table.timestamp('updated_at').notNullable().defaultTo(knex.fn.now());
  });

  await knex.schema.createTable('twitch_replies', (table) => {
    /** Of the message that asked, where it was written: shared chats show it in several channels. */
    table.text('event_id').primary();
    /** Of the same message in the channel where it is answered. */
    table.text('message_id').notNullable().index();
    table.text('channel').notNullable();
    table.text('room_id').notNullable();
    table.text('asker_id').notNullable();
    table.text('asker_login').notNullable();
    table.uuid('turn_id').index();
    /** What is said, once it is known: also what is said again when it is not known to have arrived. */
    table.text('text');
    table.timestamp('sending_at');
    /** Its visible outcome is there, or there is to be none. */
    table.timestamp('done_at');
    /** Moderators have removed it: nothing is to be said, and nothing kept. */
    table.timestamp('forgotten_at');
    table.uuid('lease_owner');
    table.timestamp('lease_until');
    table.integer('attempts').notNullable().defaultTo(1);
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
    table.index(['channel', 'asker_id']);
  });
  await knex.raw('create index twitch_replies_open on twitch_replies (lease_until) where done_at is null');
  await knex.raw('create index twitch_replies_created_at on twitch_replies (created_at)');

  await knex.schema.createTable('twitch_sent', (table) => {
    table.specificType('id', 'bigint generated always as identity').primary();
    table.text('account').notNullable();
    table.text('channel').notNullable();
    table.text('text_hash').notNullable();
    /** The how manieth way this is of writing the same text. */
    table.integer('variation').notNullable();
    table.timestamp('sent_at').notNullable();
    table.index(['account', 'sent_at']);
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['twitch_sent', 'twitch_replies', 'twitch_channels', 'twitch_tokens']) {
    await knex.schema.dropTable(table);
  }
}
