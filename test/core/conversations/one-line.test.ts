import { expect, it } from 'vitest';
import type { ConversationPlace } from '../../../core/conversations/conversation-place.ts';
import type { Platform } from '../../../core/users/platform.ts';
import { createTestApp } from '../../support/test-app.ts';
import { never, readAnswer } from '../../support/test-turns.ts';

const discord: ConversationPlace = { platform: 'discord', space: null, kind: 'dm', id: 'd1', isPrivate: true };
const slack: ConversationPlace = { platform: 'slack', space: 'slack:T1', kind: 'dm', id: 'D1', isPrivate: true };

it('a session that goes on in several places at once answers in order of arrival, each place with its own answer', async () => {
  await using t = await createTestApp();
  const { id: userId } = await t.app.users.createVisitor();
  const { id: sessionId } = await t.app.conversations.current({ userId, place: discord });
  await t.app.conversations.resume({ userId, place: slack, sessionId });
  const ask = async (platform: Platform, text: string) => {
    const place = { space: null, isPrivate: true };
    const delivery = { where: platform };
    const incoming = { platform, eventId: `${platform}:1`, userId, sessionId, text, place, delivery };
    const { turnId } = await t.app.turns.accept(incoming);
    return { turnId, answer: readAnswer(t.app.turns.follow(turnId, { signal: never })) };
  };

  const asked = [await ask('discord', 'one'), await ask('slack', 'two'), await ask('web', 'three')];
  for (const [index, word] of ['first', 'second', 'third'].entries()) {
    const call = await t.model.call(index);
    expect(t.model.calls).toHaveLength(index + 1);
    call.say(word);
    call.finish();
  }

  expect(await Promise.all(asked.map(({ answer }) => answer))).toEqual(['first', 'second', 'third']);
  const turns = await Promise.all(asked.map(({ turnId }) => t.app.turns.find(turnId)));
  expect(turns.map((turn) => turn?.delivery)).toEqual(['discord', 'slack', 'web'].map((where) => ({ where })));
  expect(t.model.calls[2]?.request.messages.map(({ content }) => content)).toEqual([
    'one',
    'first',
    'two',
    'second',
    'three',
  ]);
});
