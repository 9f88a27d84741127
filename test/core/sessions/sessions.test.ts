import { describe, expect, it } from 'vitest';
import { createMessages } from '../../../core/messages/messages.ts';
import { createSessions } from '../../../core/sessions/sessions.ts';
import { createTestTurns, message, readAnswer, systemClock } from '../../support/test-turns.ts';

async function createTitled() {
  const t = await createTestTurns();
  const sessions = createSessions({ db: t.db, clock: systemClock });
  const messages = createMessages({ db: t.db, sessions });
  const mine = await t.createSession();
  return {
    ...t,
    sessions,
    messages,
    mine,
    titleNow: async () => (await sessions.get(mine)).title,

    async ask(text: string, { by = mine, fails = false } = {}): Promise<string> {
      const call = t.scripted.call(t.scripted.calls.length);
      const place = { space: null, isPrivate: by === mine };
      const { turnId } = await t.turns.accept(message({ ...by, sessionId: mine.sessionId }, text, { place }));
      const writing = await call;
      writing.say('Yes.');
      if (fails) writing.fail(new Error('no model'));
      else writing.finish();
      await readAnswer(t.turns.follow(turnId, { signal: AbortSignal.timeout(5000) })).catch(() => {});
      return turnId;
    },
  };
}

describe('the title of a session', () => {
  it('says when it began, until there is an exchange to name it by', async () => {
    await using t = await createTitled();

    await t.ask('Where is the harbour?', { fails: true });
    const unanswered = await t.titleNow();
    await t.ask('Hi!');
    const greeted = await t.titleNow();
    await t.ask('When does the ferry leave?');

    expect(unanswered).toMatch(/^New Chat - 20/);
    expect(greeted).toBe('Hi');
    expect(await t.titleNow()).toBe('When does the ferry leave?');
  });

  it('stays that of the first exchange, in lists too', async () => {
    await using t = await createTitled();
    await t.ask('When does the ferry leave?');

    await t.ask('And from where?');

    const { items } = await t.sessions.list({ userId: t.mine.userId, limit: 10 });
    expect(items.map(({ title, isNamed }) => ({ title, isNamed }))).toEqual([
      { title: 'When does the ferry leave?', isNamed: false },
    ]);
  });

  it('is what its person calls it, before the first exchange and after', async () => {
    await using t = await createTitled();
    await t.sessions.rename({ ...t.mine, title: 'Ferries' });

    await t.ask('When does the ferry leave?');

    expect(await t.sessions.get(t.mine)).toMatchObject({ title: 'Ferries', isNamed: true });
  });

  it('keeps nothing of a question that was deleted', async () => {
    await using t = await createTitled();
    const turnId = await t.ask('What is the secret word?');
    await t.ask('When does the ferry leave?');

    await t.messages.deleteOfTurn(turnId);
    const next = await t.titleNow();
    await t.messages.deleteAll(t.mine);

    expect(next).toBe('When does the ferry leave?');
    expect(await t.titleNow()).toMatch(/^New Chat - 20/);
  });

  it('has no words of others who ask in the same thread', async () => {
    await using t = await createTitled();
    const bob = await t.createSession();

    await t.ask('What does Bob ask?', { by: bob });
    const before = await t.titleNow();
    await t.ask('When does the ferry leave?');

    expect(before).toMatch(/^New Chat - 20/);
    expect(await t.titleNow()).toBe('When does the ferry leave?');
  });
});
