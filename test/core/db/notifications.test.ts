import { expect, it } from 'vitest';
import { createNotifications } from '../../../core/db/notifications.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { createTestNotifications } from '../../support/test-notifications.ts';

it('hears what others say, on channels named before and after the line came', async () => {
  await using t = await createTestDatabase();
  const notifications = createTestNotifications(t.url);
  const heard: string[] = [];
  notifications.subscribe('early', (payload) => heard.push(`early ${payload}`));
  await notifications.open();
  notifications.subscribe('late', (payload) => heard.push(`late ${payload}`));

  await expect
    .poll(async () => {
      await t.db.raw(`select pg_notify('early', '1'), pg_notify('late', '2')`);
      return new Set(heard);
    })
    .toEqual(new Set(['early 1', 'late 2']));
  await notifications.close();
});

it('says after a loss of the line that something may have been missed', async () => {
  await using t = await createTestDatabase();
  const notifications = createTestNotifications(t.url);
  let gaps = 0;
  notifications.subscribe(
    'news',
    () => {},
    () => {
      gaps += 1;
    },
  );
  await notifications.open();
  expect(gaps).toBe(1);

  await t.db.raw(`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'parley-signals' and datname = current_database()`);

  await expect.poll(() => gaps).toBeGreaterThan(1);
  await notifications.close();
});

it('has those who wait look for themselves where no connection stays the same', async () => {
  const notifications = createNotifications({ address: null, logger: createSilentLogger() });
  const looked = new Promise<void>((resolve) => notifications.subscribe('news', () => {}, resolve));

  await notifications.open();
  await looked;

  await notifications.close();
});
