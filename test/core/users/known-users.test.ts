import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { mergeUsers } from '../../../core/users/merge-users.ts';
import { createTestApp } from '../../support/test-app.ts';

/** Two processes on one database, both of which have looked somebody up already. */
async function createTwoProcesses() {
  const one = await createTestApp();
  const other = await createTestApp({ database: one });
  await Promise.all([one.start(), other.start()]);
  const ada = await one.app.users.createVisitor();
  const isKnown = () => Promise.all([one.app.isUserKnown(ada.id), other.app.isUserKnown(ada.id)]);
  expect(await isKnown()).toEqual([true, true]);
  return {
    one,
    ada,
    isKnown,
    async [Symbol.asyncDispose]() {
      await other[Symbol.asyncDispose]();
      await one[Symbol.asyncDispose]();
    },
  };
}

it('somebody erased is known in no process any more', async () => {
  await using t = await createTwoProcesses();

  await t.one.app.eraseUser(t.ada.id);

  await expect.poll(t.isKnown).toEqual([false, false]);
});

it('somebody merged into another is known in no process any more', async () => {
  await using t = await createTwoProcesses();
  const grace = await t.one.app.users.createVisitor();

  await t.one.db.transaction((trx) => mergeUsers(trx, { fromId: t.ada.id, intoId: grace.id, now: new Date() }));

  await expect.poll(t.isKnown).toEqual([false, false]);
  expect(await t.one.app.isUserKnown(grace.id)).toBe(true);
});

it('somebody who was not erased after all stays known', async () => {
  await using t = await createTwoProcesses();
  const { db } = t.one;

  const failed = db.transaction(async (trx) => {
    await mergeUsers(trx, { fromId: t.ada.id, intoId: (await t.one.app.users.createVisitor()).id, now: new Date() });
    throw new Error('the last step failed');
  });

  await expect(failed).rejects.toThrow('the last step failed');
  expect(await t.isKnown()).toEqual([true, true]);
});

it('nobody is known who never was', async () => {
  await using t = await createTestApp();

  expect(await t.app.isUserKnown(randomUUID())).toBe(false);
});
