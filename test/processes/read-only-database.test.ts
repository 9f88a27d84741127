import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createTemporaryFolder, spawnParley, startParleyProcess } from '../support/parley-process.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

const SECRETS = {
  JWT_SECRET: 'a secret of at least thirty-two characters',
  ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
  OWN_DOCUMENTS: 'off',
};

/** A role of its own in a schema of its own, so that what is set for it concerns nobody else. */
async function createRole({ db, url }: TestDatabase, rights: 'usage' | 'usage, create') {
  const name = `role_${randomUUID().replaceAll('-', '')}`;
  await db.raw(`create role ?? login password 'role'`, [name]);
  await db.raw('create schema ??', [name]);
  await db.raw(`grant ${rights} on schema ?? to ??`, [name, name]);
  await db.raw('alter role ?? set search_path = ??', [name, name]);
  return {
    name,
    url: Object.assign(new URL(url), { username: name, password: 'role' }).href,
    async [Symbol.asyncDispose]() {
      await db.raw('select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = ?', [name]);
      await db.raw('drop schema ?? cascade', [name]);
      await db.raw('drop owned by ??', [name]);
      await db.raw('drop role ??', [name]);
    },
  };
}

describe('a database in which nothing can be stored', () => {
  it('turns /readyz red while it is read-only, and green by itself afterwards', async () => {
    await using database = await createTestDatabase();
    await using role = await createRole(database, 'usage, create');
    await using folder = await createTemporaryFolder();
    await using parley = await startParleyProcess({
      dataDir: folder.folder,
      env: { DATABASE_URL: role.url, ...SECRETS },
    });
    const readiness = async () => {
      const response = await fetch(`${parley.url}/readyz`);
      const { parts } = (await response.json()) as { parts: { database: { message: string } } };
      return `${response.status} ${parts.database.message}`;
    };

    await database.db.raw('alter role ?? set default_transaction_read_only = on', [role.name]);
    await database.db.raw('select pg_terminate_backend(pid) from pg_stat_activity where usename = ?', [role.name]);

    await expect.poll(readiness).toBe('503 The database is read-only: nothing can be stored.');
    await database.db.raw('alter role ?? reset default_transaction_read_only', [role.name]);
    await expect.poll(readiness).toBe('200 The database answers.');
    await parley.stop();
  });

  it('because the role may make no tables is refused in words, at once', async () => {
    await using database = await createTestDatabase();
    await using role = await createRole(database, 'usage');
    await using folder = await createTemporaryFolder();
    await using parley = spawnParley({ dataDir: folder.folder, env: { DATABASE_URL: role.url, ...SECRETS } });

    expect(await parley.exited).toBe(78);
    expect(parley.output()).toContain(
      `permission denied for schema ${role.name}. The role ${role.name} in DATABASE_URL`,
    );
    expect(parley.output()).toContain('usage and create on its schema');
    expect(parley.output()).not.toMatch(/\n\s+at |create table/);
  });
});
