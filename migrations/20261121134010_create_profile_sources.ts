import type { Knex } from 'knex';

const KINDS = ['file', 'folder', 'url', 'sitemap', 'website', 'text', 'built_in'];

/** What somebody has an account elsewhere tell of them: a source that only they can retrieve, and when to read it. */
export async function up(knex: Knex): Promise<void> {
  await allowKinds(knex, [...KINDS, 'profile']);
  await knex.schema.createTable('profile_sources', (table) => {
    table.uuid('source_id').primary().references('sources.id').onDelete('CASCADE');
    table.uuid('identity_id').notNullable().unique().references('identities.id').onDelete('CASCADE');
    table.timestamp('consented_at').notNullable();
    table.timestamp('next_read_at').notNullable().index();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('profile_sources');
  await knex('sources').where({ kind: 'profile' }).delete();
  await allowKinds(knex, KINDS);
}

async function allowKinds(knex: Knex, kinds: string[]): Promise<void> {
  await knex.schema.alterTable('sources', (table) => {
    table.dropChecks(['sources_kind_known']);
    table.check(`kind in (${kinds.map((kind) => `'${kind}'`).join(', ')})`, [], 'sources_kind_known');
  });
}
