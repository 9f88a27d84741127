import type { Knex } from 'knex';

/** Deleting a session looks for its turns, and unlinking an account for its codes: without these through all there are. */
export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('turns', (table) => table.index('session_id'));
  await db.schema.alterTable('link_codes', (table) => table.index('identity_id'));
}

export async function down(db: Knex): Promise<void> {
  await db.schema.alterTable('link_codes', (table) => table.dropIndex('identity_id'));
  await db.schema.alterTable('turns', (table) => table.dropIndex('session_id'));
}
