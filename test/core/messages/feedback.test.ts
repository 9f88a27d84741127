import type { Knex } from 'knex';
import { describe, expect, it } from 'vitest';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestApp } from '../../support/test-app.ts';
import { never } from '../../support/test-turns.ts';

/** An answer to Ada, and Bob. */
async function createAnswered() {
  const t = await createTestApp({ model: createScriptedModel({ reply: () => 'Yes.' }) });
  const [ada, bob] = [(await t.app.users.createVisitor()).id, (await t.app.users.createVisitor()).id];
  const session = await t.app.sessions.create({ userId: ada, platform: 'discord', space: 'discord:1' });
  const place = { space: 'discord:1', isPrivate: false };
  let messageId = '';
  for await (const event of t.app.turns.run(
    { platform: 'discord', eventId: 'e', userId: ada, sessionId: session.id, text: 'Right?', place },
    { signal: never },
  )) {
    if (event.type === 'done') messageId = event.answer.id;
  }
  return { ...t, ada, bob, messageId, [Symbol.asyncDispose]: () => t[Symbol.asyncDispose]() };
}

/** Statements that wait for a lock. */
async function countWaiting({ db }: { db: Knex }): Promise<number> {
  const { rows } = await db.raw(
    `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rows[0].count;
}

const given = { message_id: expect.any(String), user_id: expect.any(String) };

describe('what people think of an answer', () => {
  it('is kept once for each of them; the last opinion counts', async () => {
    await using t = await createAnswered();

    await t.app.feedback.give({ userId: t.ada, messageId: t.messageId, rating: 'up' });
    await t.app.feedback.give({ userId: t.ada, messageId: t.messageId, rating: 'down', reason: 'Out of date' });

    expect(await t.db('feedback')).toMatchObject([{ ...given, rating: 'down', reason: 'Out of date' }]);
  });

  it.each([
    ['the same again', 'down', 'Out of date'],
    ['another', 'up', null],
  ] as const)('keeps its reason when %s comes without one: that is %s, %s', async (_, rating, reason) => {
    await using t = await createAnswered();
    await t.app.feedback.give({ userId: t.ada, messageId: t.messageId, rating: 'down', reason: 'Out of date' });

    await t.app.feedback.give({ userId: t.ada, messageId: t.messageId, rating });

    expect(await t.db('feedback')).toMatchObject([{ ...given, rating, reason }]);
  });

  it('is refused in words about an answer that is deleted at the same moment', async () => {
    await using t = await createAnswered();
    const deleting = await t.db.transaction();
    await deleting('messages').where({ id: t.messageId }).delete();

    const giving = t.app.feedback.give({ userId: t.ada, messageId: t.messageId, rating: 'up' });
    const refused = expect(giving).rejects.toMatchObject({ code: 'message_not_found' });
    await expect.poll(() => countWaiting(t)).toBe(1);
    await deleting.commit();

    await refused;
  });

  it('is kept of others whom the platform showed it to', async () => {
    await using t = await createAnswered();

    await t.app.feedback.give({ userId: t.bob, messageId: t.messageId, rating: 'up', wasShown: true });

    expect(await t.db('feedback')).toMatchObject([{ ...given, user_id: t.bob, rating: 'up' }]);
  });

  it('is refused about an answer to somebody else', async () => {
    await using t = await createAnswered();

    const giving = t.app.feedback.give({ userId: t.bob, messageId: t.messageId, rating: 'up' });

    await expect(giving).rejects.toMatchObject({ code: 'message_not_found' });
    expect(await t.db('feedback')).toEqual([]);
  });
});
