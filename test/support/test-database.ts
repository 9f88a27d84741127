import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { inject } from 'vitest';
import { openDatabase } from '../../core/db/database.ts';

export interface TestDatabase extends AsyncDisposable {
  db: Knex;
  url: string;
}

/** A database of its own with the real schema; dropped when disposed (`await using`). */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = inject('postgresUrl');
  const name = `t_${randomUUID().replaceAll('-', '')}`;
  const admin = openDatabase(serverUrl, { poolSize: 2 });
  await admin.raw('create database ?? template template_app', [name]);
  const url = serverUrl.replace(/\/postgres$/, `/${name}`);
  const db = openDatabase(url);
  return {
    db,
    url,
    async [Symbol.asyncDispose]() {
      await db.destroy();
      await admin.raw('drop database ?? with (force)', [name]);
      await admin.destroy();
    },
  };
}
