import { expect, it } from 'vitest';
import { createInbox } from '../../../core/turns/inbox.ts';
import { createTestDatabase } from '../../support/test-database.ts';

it('knows an event that a platform delivers again, however many come at once', async () => {
  await using database = await createTestDatabase();
  const inbox = createInbox({ db: database.db });

  const first = await Promise.all([1, 2, 3].map(() => inbox.record('slack', 'Ev1')));

  expect(first.toSorted()).toEqual([false, false, true]);
  expect(await inbox.record('slack', 'Ev1')).toBe(false);
  expect(await inbox.record('slack', 'Ev2')).toBe(true);
  expect(await inbox.record('discord', 'Ev1')).toBe(true);
});
