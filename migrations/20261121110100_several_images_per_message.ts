import type { Knex } from 'knex';

/** A chat message can carry several images; `image_url` stays the first of them. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('messages', (table) => {
    table.jsonb('image_urls').notNullable().defaultTo('[]');
  });
  await knex.raw(`update messages set image_urls = jsonb_build_array(image_url) where image_url is not null`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('messages', (table) => {
    table.dropColumn('image_urls');
  });
}
