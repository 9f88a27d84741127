import type { Knex } from 'knex';

/** What the assistant may answer from. PostgreSQL holds the truth; a vector store is an index over `chunks`. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('sources', (table) => {
    table.uuid('id').primary();
    table.text('kind').notNullable();
    table.text('location').notNullable().unique();
    table.text('title').notNullable();
    table.specificType('audience', 'text[]').notNullable();
    // Where the files of a folder can be read on the web: a relative path is appended to it.
    table.text('url_base').nullable();
    // The text itself, for a source that was given as text and has no other home.
    table.text('body').nullable();
    table.text('last_error').nullable();
    // What the last sync left out, and why: [{location, reason}].
    table.jsonb('skipped').notNullable().defaultTo('[]');
    table.timestamp('last_synced_at').nullable();
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
    table.check(
      `kind in ('file', 'folder', 'url', 'sitemap', 'website', 'text', 'built_in')`,
      [],
      'sources_kind_known',
    );
    table.check(`cardinality(audience) > 0`, [], 'sources_audience_not_empty');
  });

  await knex.schema.createTable('documents', (table) => {
    table.uuid('id').primary();
    table.uuid('source_id').notNullable().references('sources.id').onDelete('CASCADE');
    // Where the document is within its source: a relative path or an address.
    table.text('location').notNullable();
    table.text('title').notNullable();
    table.text('url').nullable();
    table.text('content_hash').notNullable();
    table.text('language').notNullable();
    // What a web server gave with the document, so that asking again costs it nothing.
    table.text('etag').nullable();
    table.text('last_modified').nullable();
    table.timestamp('synced_at').notNullable().defaultTo(knex.fn.now());
    table.unique(['source_id', 'location']);
  });

  await knex.schema.createTable('chunks', (table) => {
    table.uuid('id').primary();
    table.uuid('document_id').notNullable().references('documents.id').onDelete('CASCADE').index();
    table.uuid('source_id').notNullable().references('sources.id').onDelete('CASCADE').index();
    table.integer('position').notNullable();
    table.specificType('headings', 'text[]').notNullable();
    table.text('url').nullable();
    table.text('text').notNullable();
    // The model whose vector the store holds; anything else waits to be embedded.
    table.text('embedding_model').nullable();
  });
  await knex.raw('create index chunks_by_embedding_model on chunks (embedding_model)');

  // Chunks that are gone from here and still have to leave the index; written in the transaction that deletes them.
  await knex.schema.createTable('chunk_removals', (table) => {
    table.uuid('chunk_id').primary();
  });

  // Sources of our own that an operator removed: they are not added again at the next start.
  await knex.schema.createTable('dismissed_sources', (table) => {
    table.text('location').primary();
    table.timestamp('dismissed_at').notNullable().defaultTo(knex.fn.now());
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['dismissed_sources', 'chunk_removals', 'chunks', 'documents', 'sources']) {
    await knex.schema.dropTable(table);
  }
}
