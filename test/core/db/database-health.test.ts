import { expect, it } from 'vitest';
import { openDatabase } from '../../../core/db/database.ts';
import { createDatabaseHealth } from '../../../core/db/database-health.ts';
import { createTestClock } from '../../support/test-clock.ts';
import { createTestDatabase } from '../../support/test-database.ts';

it('a database that is made read-only is found out, and so is that it is not any more', async () => {
  await using t = await createTestDatabase();
  const name = new URL(t.url).pathname.slice(1);
  const clock = createTestClock();
  const db = openDatabase(t.url);
  const health = createDatabaseHealth({ db: () => db, clock });
  const admin = openDatabase(t.url.replace(/\/\w+$/, '/postgres'));
  await health.check();
  await admin.raw('alter database ?? set default_transaction_read_only = on', [name]);
  // A connection keeps what it began with: those of the pool are replaced by and by, here at once.
  await db.destroy();
  await db.initialize();

  await expect(health.check()).rejects.toThrow('The database is read-only: nothing can be stored.');
  await admin.raw('alter database ?? reset default_transaction_read_only', [name]);

  await expect.poll(() => health.check().then(() => 'well', String)).toBe('well');
  await Promise.all([db.destroy(), admin.destroy()]);
});

it('a full disk is believed for ten seconds after a statement met it, and then looked for', async () => {
  await using t = await createTestDatabase();
  const clock = createTestClock();
  const health = createDatabaseHealth({ db: () => db, clock });
  const db = openDatabase(t.url, { onFailure: health.noteFailure });
  await db.raw(`do $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$`).catch(() => {});

  await expect(health.check()).rejects.toMatchObject({
    code: 'database_unavailable',
    message: 'The database has no space left: nothing can be stored.',
  });
  clock.advance(10_000);

  await health.check();
  await db.destroy();
});
