import { describe, expect, it } from 'vitest';
import { createTestTurns, message, never, readAnswer } from '../../support/test-turns.ts';

const place = { space: null, isPrivate: true };
type TestTurns = Awaited<ReturnType<typeof createTestTurns>>;

/** A question that was answered. */
async function answered(t: TestTurns, text: string) {
  const session = await t.createSession();
  const incoming = message(session, text, {
    eventId: 'asked',
    authorName: 'Ada',
    imageUrls: ['https://a/1', 'https://a/2'],
  });
  const { turnId } = await t.turns.accept(incoming);
  const call = await t.scripted.call(0);
  call.say('first answer');
  call.finish();
  await readAnswer(t.turns.follow(turnId, { signal: never }));
  return { ...session, turnId, incoming };
}

async function contents(t: TestTurns, sessionId: string): Promise<string[]> {
  return (await t.db('messages').where({ session_id: sessionId }).orderBy('position')).map((row) => row.content);
}

describe('answering a question again', () => {
  it('puts a new answer in the place of the old one', async () => {
    await using t = await createTestTurns();
    const old = await answered(t, 'Why?');

    const again = await t.turns.retry({ turnId: old.turnId, userId: old.userId, eventId: 'retry-1', place });
    const call = await t.scripted.call(1);
    call.say('second answer');
    call.finish();

    expect(await readAnswer(t.turns.follow(again.turnId, { signal: never }))).toBe('second answer');
    expect(again).toMatchObject({ isDuplicate: false });
    expect(call.userMessage).toMatchObject({
      content: 'Why?',
      authorName: 'Ada',
      imageUrl: 'https://a/1',
      imageUrls: ['https://a/1', 'https://a/2'],
    });
    expect(await contents(t, old.sessionId)).toEqual(['Why?', 'second answer']);
  });

  it('happens once, however often the button is pressed or its event delivered', async () => {
    await using t = await createTestTurns();
    const old = await answered(t, 'Why?');
    const press = (eventId: string) => t.turns.retry({ turnId: old.turnId, userId: old.userId, eventId, place });

    const outcomes = await Promise.allSettled(['a', 'b', 'c', 'd'].map(press));
    const winner = outcomes.findIndex((outcome) => outcome.status === 'fulfilled');
    const redelivered = await press(['a', 'b', 'c', 'd'][winner] ?? '');
    (await t.scripted.call(1)).finish();

    expect(outcomes.map((outcome) => outcome.status).toSorted()).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
    ]);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'message_not_found' });
    }
    expect(redelivered.isDuplicate).toBe(true);
    expect(await t.db('turns').where({ session_id: old.sessionId })).toHaveLength(2);
    expect((await contents(t, old.sessionId)).filter((content) => content === 'Why?')).toHaveLength(1);
  });

  it('leaves everything as it was when the event was dealt with otherwise before', async () => {
    await using t = await createTestTurns();
    const old = await answered(t, 'Why?');
    await t.db('inbox_events').insert({ platform: 'web', event_id: 'used' });

    const again = t.turns.retry({ turnId: old.turnId, userId: old.userId, eventId: 'used', place });

    await expect(again).rejects.toMatchObject({ code: 'conflict' });
    expect(await contents(t, old.sessionId)).toEqual(['Why?', 'first answer']);
  });

  it('still knows the first event when it is delivered again', async () => {
    await using t = await createTestTurns();
    const old = await answered(t, 'Why?');
    await t.turns.retry({ turnId: old.turnId, userId: old.userId, eventId: 'retry-1', place });
    (await t.scripted.call(1)).finish();

    expect(await t.turns.accept({ ...old.incoming, platform: 'web' }).catch((error) => error)).toMatchObject({
      isDuplicate: true,
    });
    expect(t.scripted.calls).toHaveLength(2);
  });

  it('is refused while it is still being answered, and to anybody else', async () => {
    await using t = await createTestTurns();
    const session = await t.createSession();
    const other = await t.createSession();
    const { turnId } = await t.turns.accept(message(session, 'Why?', { eventId: 'asked' }));
    const call = await t.scripted.call(0);

    const tooSoon = t.turns.retry({ turnId, userId: session.userId, eventId: 'r1', place });
    await expect(tooSoon).rejects.toMatchObject({ code: 'conflict' });
    call.finish();
    await readAnswer(t.turns.follow(turnId, { signal: never }));
    const stranger = t.turns.retry({ turnId, userId: other.userId, eventId: 'r2', place });

    await expect(stranger).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('is refused when the question was deleted', async () => {
    await using t = await createTestTurns();
    const old = await answered(t, 'Why?');
    await t.db('sessions').where({ id: old.sessionId }).delete();

    const again = t.turns.retry({ turnId: old.turnId, userId: old.userId, eventId: 'r', place });

    await expect(again).rejects.toMatchObject({ code: 'message_not_found' });
  });
});
