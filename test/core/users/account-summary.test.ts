import { describe, expect, it } from 'vitest';
import type { Platform } from '../../../core/users/platform.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestApp } from '../../support/test-app.ts';
import { createTestClock } from '../../support/test-clock.ts';
import { never, readAnswer } from '../../support/test-turns.ts';

async function createAsker() {
  const clock = createTestClock();
  const t = await createTestApp({ model: createScriptedModel({ reply: () => 'Yes.' }), more: { clock } });
  const user = await t.app.users.findOrCreate({ platform: 'discord', platformUserId: '1', displayName: 'Ada' });
  return {
    ...t,
    clock,
    user,
    async ask(platform: Platform, sessionId?: string) {
      const id = sessionId ?? (await t.app.sessions.create({ userId: user.id, platform, space: null })).id;
      const place = { space: null, isPrivate: true };
      const incoming = { platform, eventId: null, userId: user.id, sessionId: id, text: 'Hi', place };
      await readAnswer(t.app.turns.run(incoming, { signal: never }));
      return id;
    },
  };
}

describe('what is kept of a person', () => {
  it('counts chats where they began, and messages where they were written', async () => {
    await using t = await createAsker();
    const sessionId = await t.ask('discord');
    await t.ask('web', sessionId);
    await t.ask('web');

    const summary = await t.app.summariseAccount(t.user.id);

    expect(summary).toMatchObject({
      displayName: 'Ada',
      username: null,
      identities: [{ platform: 'discord', displayName: 'Ada' }],
      said: [
        { platform: 'discord', chats: 1, messages: 1 },
        { platform: 'web', chats: 1, messages: 2 },
      ],
      accountUrl: 'https://parley.example/account',
    });
  });

  it('adds up what this month took, and nothing of another person', async () => {
    await using t = await createAsker();
    await t.ask('web');
    await t.db('turns').update({ created_at: new Date('2001-01-31T23:59:59Z') });
    await t.ask('web');
    const other = await t.app.users.createVisitor();
    const record = { platform: 'web', model: 'm', payer: 'wallet', input_tokens: 1, output_tokens: 1, cost_micros: 41 };
    await t.db('usage_records').insert([
      { ...record, user_id: t.user.id },
      { ...record, user_id: other.id },
    ]);

    const { usage } = await t.app.summariseAccount(t.user.id);

    expect(usage).toEqual({ inputTokens: 1, outputTokens: 1, costMicros: 41 });
  });

  it('is nothing once they are erased', async () => {
    await using t = await createAsker();
    await t.app.eraseUser(t.user.id);

    await expect(t.app.summariseAccount(t.user.id)).rejects.toMatchObject({ code: 'not_found' });
  });
});
