import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openDatabase, prepared } from '../../../core/db/database.ts';
import { createTestDatabase } from '../../support/test-database.ts';

describe('the pool', () => {
  it('waits for a connection of its own when the server has none left', async () => {
    await using t = await createTestDatabase();
    const role = `few_${randomUUID().replaceAll('-', '')}`;
    await t.db.raw(`create role ?? login password 'few' connection limit 2`, [role]);
    const db = openDatabase(Object.assign(new URL(t.url), { username: role, password: 'few' }).href, { poolSize: 8 });

    const asked = await Promise.allSettled(
      Array.from({ length: 16 }, (_, n) => db.raw('select ?::int, pg_sleep(0.05)', [n])),
    );
    await db.destroy();

    expect(asked.filter(({ status }) => status === 'rejected')).toEqual([]);
    await t.db.raw('drop role ??', [role]);
  });

  it('says what the server said when no connection comes free at all', async () => {
    await using t = await createTestDatabase();
    const role = `none_${randomUUID().replaceAll('-', '')}`;
    await t.db.raw(`create role ?? login password 'none' connection limit 0`, [role]);
    const db = openDatabase(Object.assign(new URL(t.url), { username: role, password: 'none' }).href);

    await expect(db.raw('select 1')).rejects.toMatchObject({ code: '53300' });

    await db.destroy();
    await t.db.raw('drop role ??', [role]);
  });

  it('names no statement where a pooler may lend each transaction another connection', async () => {
    await using t = await createTestDatabase();
    const pooled = openDatabase(t.url, { poolSize: 1, isPooled: true });
    const own = openDatabase(t.url, { poolSize: 1 });

    const count = async (db: typeof pooled) => {
      await db.raw('select ?::int', [1]).options(prepared('one'));
      await db.transaction((trx) => trx.raw('select ?::text', ['two']).options(prepared('two')));
      const { rows } = await db.raw('select count(*) from pg_prepared_statements');
      return rows[0].count;
    };

    expect([await count(pooled), await count(own)]).toEqual([0, 2]);
    await Promise.all([pooled.destroy(), own.destroy()]);
  });

  it('drops connections that began when only reading was allowed', async () => {
    await using t = await createTestDatabase();
    const name = new URL(t.url).pathname.slice(1);
    await t.db.raw('alter database ?? set default_transaction_read_only = on', [name]);
    const db = openDatabase(t.url, { poolSize: 1 });
    await expect(db('leases').delete()).rejects.toMatchObject({ code: '25006' });

    const admin = openDatabase(t.url.replace(/\/\w+$/, '/postgres'));
    await admin.raw('alter database ?? reset default_transaction_read_only', [name]);
    await admin.destroy();

    expect(await db('leases').delete()).toBe(0);
    await db.destroy();
  });
});
