import type { Knex } from 'knex';

/**
 * Counters of rate-limiter-flexible, which writes its columns by position: key, points, expire. Unlogged: no request
 * waits for a counter to reach the disk, and counters lost in a crash of the database only start again from zero.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create unlogged table rate_limits (
      key varchar(255) primary key,
      points integer not null default 0,
      expire bigint
    ) with (fillfactor = 50)`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('rate_limits');
}
