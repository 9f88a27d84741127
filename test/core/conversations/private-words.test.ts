import { describe, expect, it } from 'vitest';
import type { ConversationPlace } from '../../../core/conversations/conversation-place.ts';
import type { Viewer } from '../../../core/knowledge/audience.ts';
import type { Platform } from '../../../core/users/platform.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestApp } from '../../support/test-app.ts';
import { never, readAnswer } from '../../support/test-turns.ts';

const dm: ConversationPlace = { platform: 'discord', space: null, kind: 'dm', id: 'd1', isPrivate: true };
const channel: ConversationPlace = {
  platform: 'discord',
  space: 'discord:1',
  kind: 'channel',
  id: 'c1',
  isPrivate: false,
};
const slackThread: ConversationPlace = {
  platform: 'slack',
  space: 'slack:T1',
  kind: 'thread',
  id: 'C1:1.0',
  isPrivate: false,
};

async function createTalk() {
  const viewers: Viewer[] = [];
  const t = await createTestApp({
    model: createScriptedModel({ reply: () => 'Yes.' }),
    retrieval: {
      retrieve: async ({ viewer }) => {
        viewers.push(viewer);
        return { outcome: 'not_needed', passages: [], confidence: 0 };
      },
    },
  });
  const { id: userId } = await t.app.users.createVisitor();

  async function ask(
    text: string,
    where: { sessionId: string; place: Omit<ConversationPlace, 'kind' | 'id'>; carriesUpTo?: number | null },
  ) {
    const { platform, space, isPrivate } = where.place;
    const place = { space, isPrivate, carriesUpTo: where.carriesUpTo ?? undefined };
    const incoming = { platform: platform as Platform, eventId: null, userId, sessionId: where.sessionId, text, place };
    await readAnswer(t.app.turns.run(incoming, { signal: never }));
    return where.sessionId;
  }

  return {
    ...t,
    userId,
    viewers,
    /** What the model was told of earlier questions, with the last one. */
    lastHeard: () =>
      t.model.calls
        .at(-1)
        ?.request.messages.filter(({ role }) => role === 'user')
        .map(({ content }) => content),

    async askAt(place: ConversationPlace, text: string): Promise<string> {
      const { id: sessionId, carriesUpTo } = await t.app.conversations.current({ userId, place });
      return ask(text, { sessionId, place, carriesUpTo });
    },

    askOnWebsite: (sessionId: string, text: string) =>
      ask(text, { sessionId, place: { platform: 'web', space: 'web:https://x.example', isPrivate: true } }),
  };
}

describe('what was said in private', () => {
  it('goes into a public place only after a confirmation', async () => {
    await using t = await createTalk();
    const sessionId = await t.askAt(dm, 'my salary');
    const asked = { userId: t.userId, place: channel, sessionId };

    const refused = await t.app.conversations.resume(asked).catch((error) => error);
    const upTo = await t.app.conversations.findWordsToCarry(asked);
    await t.app.conversations.resume({ ...asked, carry: { upTo: upTo ?? 0 } });
    await t.askAt(channel, 'is that much?');

    expect(refused).toMatchObject({ code: 'confirmation_needed' });
    expect(t.lastHeard()).toEqual(['my salary', 'is that much?']);
  });

  it('is carried as far as was agreed to, not what is said in private afterwards', async () => {
    await using t = await createTalk();
    const sessionId = await t.askAt(dm, 'my salary');
    const asked = { userId: t.userId, place: channel, sessionId };
    const upTo = (await t.app.conversations.findWordsToCarry(asked)) ?? 0;
    await t.askAt(dm, 'my illness');

    await t.app.conversations.resume({ ...asked, carry: { upTo } });
    await t.askAt(channel, 'is that much?');

    expect(t.lastHeard()).toEqual(['my salary', 'is that much?']);
  });

  it('stays out of the channel where a session began, when that went on in private', async () => {
    await using t = await createTalk();
    const sessionId = await t.askAt(channel, 'when is the party?');
    await t.askOnWebsite(sessionId, 'I have no friends');
    const privately = t.lastHeard();

    await t.askAt(channel, 'and where?');

    expect(privately).toEqual(['when is the party?', 'I have no friends']);
    expect(t.lastHeard()).toEqual(['when is the party?', 'and where?']);
  });

  it('is agreed to for one place only', async () => {
    await using t = await createTalk();
    const sessionId = await t.askAt(dm, 'my salary');
    await t.app.conversations.resume({ userId: t.userId, place: channel, sessionId, carry: { upTo: 9e9 } });
    const elsewhere = { ...channel, id: 'c2' };

    const again = t.app.conversations.resume({ userId: t.userId, place: elsewhere, sessionId });
    await expect(again).rejects.toMatchObject({ code: 'confirmation_needed' });
    await t.app.conversations.resume({ userId: t.userId, place: elsewhere, sessionId, carry: 'leave' });
    await t.askAt(elsewhere, 'is that much?');

    expect(t.lastHeard()).toEqual(['is that much?']);
  });

  it('keeps what was agreed to when the same session goes on at the same place', async () => {
    await using t = await createTalk();
    const sessionId = await t.askAt(dm, 'my salary');
    await t.app.conversations.resume({ userId: t.userId, place: channel, sessionId, carry: { upTo: 9e9 } });

    await t.app.conversations.resume({ userId: t.userId, place: channel, sessionId, carry: 'leave' });
    await t.askAt(channel, 'is that much?');

    expect(t.lastHeard()).toEqual(['my salary', 'is that much?']);
  });

  it('is not agreed to by a session that followed at the same place', async () => {
    await using t = await createTalk();
    const first = await t.askAt(dm, 'my salary');
    await t.app.conversations.resume({ userId: t.userId, place: channel, sessionId: first, carry: { upTo: 9e9 } });
    await t.app.conversations.startNew({ userId: t.userId, place: channel });
    await t.app.conversations.resume({ userId: t.userId, place: channel, sessionId: first, carry: 'leave' });

    await t.askAt(channel, 'is that much?');

    expect(t.lastHeard()).toEqual(['is that much?']);
  });

  it('needs no confirmation from one private place to another, nor once it was deleted', async () => {
    await using t = await createTalk();
    const sessionId = await t.askAt(dm, 'my salary');
    await t.app.conversations.resume({ userId: t.userId, place: { ...dm, platform: 'slack', id: 'D9' }, sessionId });
    await t.askAt({ ...dm, platform: 'slack', id: 'D9' }, 'is that much?');
    const inSlack = t.lastHeard();

    await t.app.messages.deleteAll({ userId: t.userId, sessionId });

    expect(inSlack).toEqual(['my salary', 'is that much?']);
    expect(await t.app.conversations.findWordsToCarry({ userId: t.userId, place: channel, sessionId })).toBeNull();
  });

  it('is left out of another try at a public question, too, unless it was agreed to', async () => {
    await using t = await createTalk();
    const sessionId = await t.askAt(channel, 'when is the party?');
    await t.askOnWebsite(sessionId, 'I have no friends');
    await t.askAt(channel, 'and where?');
    const turn = await t.db('turns').where({ session_id: sessionId }).orderBy('position', 'desc').first('id');

    const place = { space: channel.space, isPrivate: false };
    const { turnId } = await t.app.turns.retry({ turnId: turn.id, userId: t.userId, eventId: null, place });
    await readAnswer(t.app.turns.follow(turnId, { signal: never }));

    expect(t.lastHeard()).toEqual(['when is the party?', 'and where?']);
  });

  it('has to be agreed to as well where a space with its own documents was asked before', async () => {
    await using t = await createTalk();
    const sessionId = await t.askAt(slackThread, 'our margins');

    const elsewhere = await t.app.conversations.findWordsToCarry({ userId: t.userId, place: channel, sessionId });
    const there = { ...slackThread, id: 'C1:2.0' };

    expect(elsewhere).toBeGreaterThan(0);
    expect(await t.app.conversations.findWordsToCarry({ userId: t.userId, place: there, sessionId })).toBeNull();
  });

  it('is not told by whom else it could be found: a public question is never a private one to the documents', async () => {
    await using t = await createTalk();
    const sessionId = await t.askAt(dm, 'my salary');
    await t.app.conversations.resume({ userId: t.userId, place: channel, sessionId, carry: { upTo: 9e9 } });

    await t.askAt(channel, 'is that much?');

    expect(t.viewers).toEqual([
      { userId: t.userId, space: null, isPrivate: true },
      { userId: t.userId, space: 'discord:1', isPrivate: false },
    ]);
  });

  it("cannot be carried by somebody else, however they got the session's id", async () => {
    await using t = await createTalk();
    const sessionId = await t.askAt(dm, 'my salary');
    const mallory = await t.app.users.createVisitor();
    const asked = { userId: mallory.id, place: channel, sessionId };

    await expect(t.app.conversations.findWordsToCarry(asked)).rejects.toMatchObject({ code: 'session_not_found' });
    await expect(t.app.conversations.resume({ ...asked, carry: { upTo: 9e9 } })).rejects.toMatchObject({
      code: 'session_not_found',
    });
  });
});
