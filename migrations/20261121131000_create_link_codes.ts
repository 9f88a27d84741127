import type { Knex } from 'knex';

/** One-time addresses by which somebody in a chat proves to the website who they are. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('link_codes', (table) => {
    /** Of the code, which nobody but the one who asked knows. */
    table.text('code_hash').primary();
    table.uuid('user_id').notNullable().references('users.id').onDelete('CASCADE').index();
    /** Who asked, on their platform; null for somebody known by an access token only. */
    table.uuid('identity_id').nullable().references('identities.id').onDelete('CASCADE');
    table.text('platform').notNullable();
    /** How the platform's adapter tells the person that it is done; it alone knows the shape. */
    table.jsonb('delivery').nullable();
    table.timestamp('expires_at').notNullable().index();
    table.timestamp('used_at').nullable();
    /** Until when one process is telling the person. */
    table.timestamp('telling_until').nullable();
    table.timestamp('told_at').nullable();
  });
  // Whoever asks again has one code, the latest.
  await knex.raw('create unique index link_codes_one_open on link_codes (user_id) where used_at is null');
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('link_codes');
}
