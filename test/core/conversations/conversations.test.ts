import { describe, expect, it } from 'vitest';
import type { ConversationPlace } from '../../../core/conversations/conversation-place.ts';
import { createConversations } from '../../../core/conversations/conversations.ts';
import { createSessions } from '../../../core/sessions/sessions.ts';
import { createUsers } from '../../../core/users/users.ts';
import { createTestClock } from '../../support/test-clock.ts';
import { createTestDatabase } from '../../support/test-database.ts';

const MINUTE = 60_000;
const place = (kind: ConversationPlace['kind'], id = '1'): ConversationPlace => ({
  platform: 'discord',
  space: kind === 'dm' ? null : 'discord:guild',
  kind,
  id,
  isPrivate: kind === 'dm',
});

async function createTestConversations() {
  const database = await createTestDatabase();
  const clock = createTestClock();
  const sessions = createSessions({ db: database.db, clock });
  const users = createUsers({ db: database.db });
  const [ada, bob] = [(await users.createVisitor()).id, (await users.createVisitor()).id];
  return {
    ada,
    bob,
    db: database.db,
    clock,
    sessions,
    conversations: createConversations({ db: database.db, clock, sessions, channelMinutes: 30 }),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

describe('the session of a place', () => {
  it('is one in a DM, however much time goes by', async () => {
    await using t = await createTestConversations();

    const first = await t.conversations.current({ userId: t.ada, place: place('dm') });
    t.clock.advance(365 * 24 * 60 * MINUTE);
    const later = await t.conversations.current({ userId: t.ada, place: place('dm') });

    expect(later.id).toBe(first.id);
    expect(first).toMatchObject({ userId: t.ada, platform: 'discord', space: null, isNamed: false });
  });

  it('is shared by everybody in a thread', async () => {
    await using t = await createTestConversations();

    const first = await t.conversations.current({ userId: t.ada, place: place('thread') });
    const other = await t.conversations.current({ userId: t.bob, place: place('thread') });
    const elsewhere = await t.conversations.current({ userId: t.bob, place: place('thread', '2') });

    expect(other.id).toBe(first.id);
    expect(elsewhere.id).not.toBe(first.id);
  });

  it("is the asker's own in a channel, for half an hour since it was last used", async () => {
    await using t = await createTestConversations();
    const current = async (userId: string) => (await t.conversations.current({ userId, place: place('channel') })).id;

    const first = await current(t.ada);
    const bobs = await current(t.bob);
    t.clock.advance(29 * MINUTE);
    const second = await current(t.ada);
    t.clock.advance(29 * MINUTE);
    const third = await current(t.ada);
    t.clock.advance(31 * MINUTE);
    const afterwards = await current(t.ada);

    expect([second, third]).toEqual([first, first]);
    expect(bobs).not.toBe(first);
    expect(afterwards).not.toBe(first);
    expect(await current(t.ada)).toBe(afterwards);
  });

  it('keeps the same channel id of two spaces, and of a thread and a channel, apart', async () => {
    await using t = await createTestConversations();
    const places = [place('channel'), { ...place('channel'), space: 'discord:other' }, place('thread'), place('dm')];

    const sessions = await Promise.all(places.map((where) => t.conversations.current({ userId: t.ada, place: where })));

    expect(new Set(sessions.map((session) => session.id)).size).toBe(4);
  });

  it('is the same for messages that come at once, also when the old one has just run out', async () => {
    await using t = await createTestConversations();
    const all = async () => {
      const asked = Array.from({ length: 10 }, () =>
        t.conversations.current({ userId: t.ada, place: place('channel') }),
      );
      return new Set((await Promise.all(asked)).map((session) => session.id));
    };

    const first = await all();
    t.clock.advance(60 * MINUTE);
    const second = await all();

    expect([first.size, second.size]).toEqual([1, 1]);
    expect(second).not.toEqual(first);
    expect((await t.sessions.list({ userId: t.ada, limit: 50 })).items).toHaveLength(2);
  });

  it('is a new one after "new chat", for a DM and for everybody in a thread', async () => {
    await using t = await createTestConversations();
    const old = await t.conversations.current({ userId: t.ada, place: place('thread') });

    const fresh = await t.conversations.startNew({ userId: t.bob, place: place('thread'), title: 'Ports' });

    expect(fresh.id).not.toBe(old.id);
    expect(fresh).toMatchObject({ title: 'Ports', isNamed: true });
    expect((await t.conversations.current({ userId: t.ada, place: place('thread') })).id).toBe(fresh.id);
  });

  it('is an earlier one again after it was resumed, from another place too', async () => {
    await using t = await createTestConversations();
    const inDm = await t.conversations.current({ userId: t.ada, place: place('dm') });
    await t.conversations.current({ userId: t.ada, place: place('channel') });

    await t.conversations.resume({ userId: t.ada, place: place('channel'), sessionId: inDm.id });

    expect((await t.conversations.current({ userId: t.ada, place: place('channel') })).id).toBe(inDm.id);
  });

  it("cannot become somebody else's", async () => {
    await using t = await createTestConversations();
    const adas = await t.conversations.current({ userId: t.ada, place: place('dm') });

    const resuming = t.conversations.resume({ userId: t.bob, place: place('dm', '2'), sessionId: adas.id });

    await expect(resuming).rejects.toMatchObject({ code: 'session_not_found' });
    expect((await t.conversations.current({ userId: t.bob, place: place('dm', '2') })).id).not.toBe(adas.id);
  });

  it('is a new one after the old one was deleted', async () => {
    await using t = await createTestConversations();
    const old = await t.conversations.current({ userId: t.ada, place: place('dm') });

    await t.sessions.delete({ userId: t.ada, sessionId: old.id });

    expect((await t.conversations.current({ userId: t.ada, place: place('dm') })).id).not.toBe(old.id);
  });
});
