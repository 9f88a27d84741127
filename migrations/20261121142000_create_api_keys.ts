import type { Knex } from 'knex';

/** Keys that programs of a person use instead of a login. The key itself is nowhere: only its hash is kept. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('api_keys', (table) => {
    table.uuid('id').primary();
    table.uuid('user_id').notNullable().references('users.id').onDelete('CASCADE');
    table.text('name').notNullable();
    /** Its first characters, by which a person recognises it. */
    table.text('prefix').notNullable();
    table.text('hash').notNullable().unique();
    table.boolean('is_active').notNullable().defaultTo(true);
    table.bigInteger('monthly_cap_micros').nullable();
    /** Models it may use; null for all. */
    table.specificType('models', 'text[]').nullable();
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
    table.timestamp('expires_at').nullable();
    table.timestamp('last_used_at').nullable();
    table.unique(['user_id', 'name']);
    table.check('monthly_cap_micros >= 0', [], 'api_keys_cap_not_negative');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('api_keys');
}
