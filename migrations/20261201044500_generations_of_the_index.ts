import type { Knex } from 'knex';

/**
 * Which index holds a chunk's vector, by the index's own id: one that was wiped or replaced has another. The row of
 * `search_index` says which index has all chunks, and what collections of this installation are known by.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('chunks', (table) => {
    table.text('index_generation').nullable();
  });
  await knex.raw('create index chunks_by_index_generation on chunks (index_generation)');
  await knex.schema.createTable('search_index', (table) => {
    table.boolean('is_only').primary().defaultTo(true).checkIn(['true'], 'search_index_is_only');
    table.uuid('installation_id').notNullable();
    table.text('filled_generation').nullable();
  });
  await knex.raw(`
    update chunks set index_generation = vector_collections.id::text
    from vector_collections
    where vector_collections.is_active and vector_collections.embedding_model = chunks.embedding_model
      and exists (select from vector_points
                  where vector_points.collection_id = vector_collections.id and vector_points.id = chunks.id
                    and vector_points.dense is not null)`);
  await knex.raw(`
    insert into search_index (installation_id, filled_generation)
    select gen_random_uuid(), id::text from vector_collections where is_active`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('search_index');
  await knex.raw('drop index chunks_by_index_generation');
  await knex.schema.alterTable('chunks', (table) => {
    table.dropColumn('index_generation');
  });
}
