import { describe, expect, it } from 'vitest';
import type { ConversationPlace } from '../../../core/conversations/conversation-place.ts';
import type { Platform } from '../../../core/users/platform.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestApp } from '../../support/test-app.ts';
import { never, readAnswer } from '../../support/test-turns.ts';

const thread: ConversationPlace = {
  platform: 'discord',
  space: 'discord:1',
  kind: 'thread',
  id: 't1',
  isPrivate: false,
};

async function createSearched() {
  const t = await createTestApp({ model: createScriptedModel({ reply: () => 'It is 50% blue.' }) });
  const [ada, bob] = [(await t.app.users.createVisitor()).id, (await t.app.users.createVisitor()).id];

  async function ask(
    userId: string,
    text: string,
    { platform = 'web' as Platform, sessionId = '', isPrivate = true } = {},
  ) {
    const id = sessionId || (await t.app.sessions.create({ userId, platform, space: null })).id;
    const place = { space: null, isPrivate };
    await readAnswer(
      t.app.turns.run({ platform, eventId: null, userId, sessionId: id, text, place }, { signal: never }),
    );
    return id;
  }

  return {
    ...t,
    ada,
    bob,
    ask,
    find: async (userId: string, query: string, limit = 20) =>
      (await t.app.messages.search({ userId, query, limit })).items.map(({ content, sessionTitle, platform }) =>
        [content, sessionTitle, platform].join(' | '),
      ),
  };
}

describe('searching all of a person’s messages', () => {
  it('covers every platform, newest first, and says which chat it was', async () => {
    await using t = await createSearched();
    await t.ask(t.ada, 'Where is the heron?', { platform: 'discord' });
    await t.ask(t.ada, 'A heron again', { platform: 'slack' });
    await t.ask(t.ada, 'No bird');
    await t.ask(t.bob, 'My heron');

    expect(await t.find(t.ada, 'HERON')).toEqual([
      'A heron again | A heron again | slack',
      'Where is the heron? | Where is the heron? | discord',
    ]);
  });

  it('covers what they said in threads that others began, and nothing else of those', async () => {
    await using t = await createSearched();
    const begun = await t.app.conversations.current({ userId: t.bob, place: thread });
    await t.ask(t.bob, 'A heron, says Bob', { platform: 'discord', sessionId: begun.id, isPrivate: false });
    await t.ask(t.ada, 'A heron, says Ada', { platform: 'discord', sessionId: begun.id, isPrivate: false });

    expect(await t.find(t.ada, 'heron')).toEqual(['A heron, says Ada |  | discord']);
    expect(await t.find(t.bob, 'heron')).toEqual([
      'A heron, says Ada | A heron, says Bob | discord',
      'A heron, says Bob | A heron, says Bob | discord',
    ]);
  });

  it.each([
    ['blue heron', ['The heron is blue']],
    ['"heron is"', ['The heron is blue']],
    ['"blue heron"', []],
    ['äpfel', ['Frische ÄPFEL_hier']],
    ['ÄPFEL_', ['Frische ÄPFEL_hier']],
    ['L_h', ['Frische ÄPFEL_hier']],
    ['l%r', []],
    ['50%', Array(2).fill('It is 50% blue.')],
    ['\\', []],
  ])('takes %s as words that are all in it', async (query, found) => {
    await using t = await createSearched();
    await t.ask(t.ada, 'The heron is blue');
    await t.ask(t.ada, 'Frische ÄPFEL_hier');

    expect((await t.find(t.ada, query)).map((line) => line.split(' |')[0])).toEqual(found);
  });

  it('gives page after page, each message once', async () => {
    await using t = await createSearched();
    const sessionId = await t.ask(t.ada, 'heron 0');
    for (const n of [1, 2, 3, 4]) await t.ask(t.ada, `heron ${n}`, { sessionId });

    const seen: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await t.app.messages.search({ userId: t.ada, query: 'heron', limit: 2, cursor });
      seen.push(...page.items.map(({ content }) => content));
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }

    expect(seen).toEqual(['heron 4', 'heron 3', 'heron 2', 'heron 1', 'heron 0']);
  });
});
