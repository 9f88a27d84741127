import type { Knex } from 'knex';

/**
 * The built-in vector store. Every change of a collection raises its revision under the row's lock, so that changes
 * become visible in the order of their revisions and a process can ask for whatever came after the last one it saw.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('vector_collections', (table) => {
    table.uuid('id').primary();
    table.text('embedding_model').notNullable();
    table.integer('dimension').notNullable();
    table.bigInteger('revision').notNullable().defaultTo(0);
    table.boolean('is_active').notNullable();
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
  });
  await knex.raw('create unique index vector_collections_one_active on vector_collections (is_active) where is_active');

  await knex.schema.createTable('vector_points', (table) => {
    table.uuid('collection_id').notNullable().references('vector_collections.id').onDelete('CASCADE');
    table.uuid('id').notNullable();
    table.uuid('document_id').notNullable();
    table.uuid('source_id').notNullable();
    table.specificType('audience', 'text[]').notNullable();
    // Little-endian arrays as the index holds them in memory: uint32 term ids, float32 weights, float32 vector.
    table.binary('sparse_indices').notNullable();
    table.binary('sparse_values').notNullable();
    table.binary('dense').nullable();
    table.bigInteger('revision').notNullable();
    table.primary(['collection_id', 'id']);
    table.index(['collection_id', 'revision', 'id']);
  });
  // Vectors do not compress; trying costs more than reading them.
  await knex.raw('alter table vector_points alter column dense set storage external');

  await knex.schema.createTable('vector_removals', (table) => {
    table.uuid('collection_id').notNullable().references('vector_collections.id').onDelete('CASCADE');
    table.bigInteger('revision').notNullable();
    table.uuid('point_id').notNullable();
    table.timestamp('removed_at').notNullable().defaultTo(knex.fn.now()).index();
    table.index(['collection_id', 'revision']);
    table.index(['collection_id', 'point_id']);
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['vector_removals', 'vector_points', 'vector_collections']) await knex.schema.dropTable(table);
}
