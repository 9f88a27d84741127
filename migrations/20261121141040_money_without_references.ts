import type { Knex } from 'knex';

/**
 * Writing a row that refers to a person waits for whoever holds that person: erasing or merging them, which waits for
 * the very answer whose cost is being written. So these references are by word only; erasing and merging see to the
 * rows themselves, after the answers.
 */
export async function up(knex: Knex): Promise<void> {
  for (const name of ['usage_records', 'wallets']) {
    await knex.schema.alterTable(name, (table) => {
      table.dropForeign('user_id');
    });
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const name of ['usage_records', 'wallets']) {
    await knex.raw('update ?? set user_id = null where user_id not in (select id from users)', [name]);
    await knex.schema.alterTable(name, (table) => {
      table.foreign('user_id').references('users.id').onDelete('SET NULL');
    });
  }
}
