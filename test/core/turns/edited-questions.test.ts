import { describe, expect, it } from 'vitest';
import type { TurnEvent } from '../../../core/turns/turn-event.ts';
import { createTestTurns, message, never, type TestTurnsOptions } from '../../support/test-turns.ts';

type TestTurns = Awaited<ReturnType<typeof createTestTurns>>;

const asked = { messageId: 'C1:1.0', eventId: 'event-1' };
const edit = (second: number) => ({
  messageId: 'C1:1.0',
  eventId: `edit-${second}`,
  editedAt: new Date(Date.UTC(2026, 11, 1, 12, 0, second)),
});

async function stored(t: TestTurns, sessionId: string) {
  const rows = await t.db('messages').where({ session_id: sessionId }).orderBy('position');
  return rows.map((row) => `${row.role}: ${row.content}`);
}

/** What somebody who shows an answer has on the screen in the end. */
async function show(events: AsyncIterable<TurnEvent>): Promise<{ text: string; restarts: number }> {
  const screen = { text: '', restarts: 0 };
  for await (const event of events) {
    if (event.type === 'delta') screen.text += event.text;
    if (event.type === 'restart') {
      screen.text = '';
      screen.restarts += 1;
    }
  }
  return screen;
}

/** One answered question, and its session. */
async function createAnswered(options: TestTurnsOptions = {}) {
  const t = await createTestTurns(options);
  const session = await t.createSession();
  const first = await t.turns.accept(message(session, 'Where is it?', asked));
  const shown = show(t.turns.follow(first.turnId, { signal: never }));
  const call = await t.scripted.call(0);
  call.say('Here.');
  call.finish();
  await shown;
  return { t, session, first };
}

describe('a message in several events', () => {
  it('is one question', async () => {
    await using t = await createTestTurns();
    const session = await t.createSession();

    const first = await t.turns.accept(message(session, 'Hello', asked));
    const again = await t.turns.accept(message(session, 'Hello', { ...asked, eventId: 'event-2' }));

    expect(again).toEqual({ turnId: first.turnId, isDuplicate: true });
    expect(await t.turns.findByMessage('web', asked.messageId)).toMatchObject({ id: first.turnId });
    expect(await stored(t, session.sessionId)).toEqual(['user: Hello']);
  });

  it('is one question also when they arrive at the same moment, in two processes', async () => {
    await using t = await createTestTurns();
    await using other = await createTestTurns({ database: t });
    const session = await t.createSession();

    const accepted = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        (n % 2 === 0 ? t : other).turns.accept(message(session, 'Hello', { ...asked, eventId: `event-${n}` })),
      ),
    );

    expect(new Set(accepted.map(({ turnId }) => turnId)).size).toBe(1);
    expect(accepted.filter(({ isDuplicate }) => !isDuplicate)).toHaveLength(1);
    expect(await stored(t, session.sessionId)).toEqual(['user: Hello']);
  });

  it('is still found by its message after it was answered once more', async () => {
    const { t, session, first } = await createAnswered();
    await using _t = t;
    const place = { space: null, isPrivate: true };

    const retried = await t.turns.retry({ turnId: first.turnId, userId: session.userId, eventId: 'retry', place });

    expect(await t.turns.findByMessage('web', asked.messageId)).toMatchObject({ id: retried.turnId });
  });
});

describe('an edit of a question that is being answered', () => {
  it('ends the first answer, and is answered to whoever shows that', async () => {
    await using t = await createTestTurns();
    const session = await t.createSession();
    const first = await t.turns.accept(message(session, 'Wher is it?', asked));
    const shown = show(t.turns.follow(first.turnId, { signal: never }));
    (await t.scripted.call(0)).say('I do not kn');

    const edited = await t.turns.accept(message(session, 'Where is it?', edit(1)));
    const call = await t.scripted.call(1);
    call.say('Here.');
    call.finish();

    expect(edited).toEqual({ turnId: expect.any(String), isDuplicate: true });
    expect(call.userMessage.content).toBe('Where is it?');
    expect(await shown).toEqual({ text: 'Here.', restarts: 1 });
    expect(await stored(t, session.sessionId)).toEqual(['user: Where is it?', 'assistant: Here.']);
  });

  it('is answered in its place while it waits in line', async () => {
    await using t = await createTestTurns();
    const session = await t.createSession();
    await t.turns.accept(message(session, 'Before'));
    const first = await t.turns.accept(message(session, 'Wher?', asked));
    const shown = show(t.turns.follow(first.turnId, { signal: never }));
    await t.turns.accept(message(session, 'After'));

    await t.turns.accept(message(session, 'Where?', edit(1)));
    for (const [index, answer] of ['one', 'two', 'three'].entries()) {
      const call = await t.scripted.call(index);
      call.say(answer);
      call.finish();
    }

    expect(await shown).toEqual({ text: 'two', restarts: 1 });
    await expect.poll(() => t.turns.countUnfinished()).toBe(0);
    expect(await stored(t, session.sessionId)).toEqual([
      'user: Before',
      'assistant: one',
      'user: Where?',
      'assistant: two',
      'user: After',
      'assistant: three',
    ]);
  });

  it('counts only in its last version when it is edited again and again', async () => {
    await using t = await createTestTurns();
    const session = await t.createSession();
    const first = await t.turns.accept(message(session, 'version 0', asked));
    const shown = show(t.turns.follow(first.turnId, { signal: never }));
    await t.scripted.call(0);

    for (const n of [1, 2, 3]) await t.turns.accept(message(session, `version ${n}`, edit(n)));
    const stale = await t.turns.accept(message(session, 'version 1', { ...edit(1), eventId: 'late' }));
    await expect.poll(() => t.scripted.calls.at(-1)?.userMessage.content).toBe('version 3');
    const call = t.scripted.calls.at(-1);
    call?.say('Answer 3');
    call?.finish();

    expect(stale.isDuplicate).toBe(true);
    expect((await shown).text).toBe('Answer 3');
    expect(await stored(t, session.sessionId)).toEqual(['user: version 3', 'assistant: Answer 3']);
  });

  it('is answered by the process that shows it, whichever heard of the edit', async () => {
    await using t = await createTestTurns();
    await using other = await createTestTurns({ database: t });
    const session = await t.createSession();
    const first = await t.turns.accept(message(session, 'Wher?', asked));
    const shown = show(t.turns.follow(first.turnId, { signal: never }));
    await t.scripted.call(0);

    const edited = await other.turns.accept(message(session, 'Where?', edit(1)));
    const call = await t.scripted.call(1);
    call.say('Here.');
    call.finish();

    expect(edited.isDuplicate).toBe(true);
    expect(await shown).toEqual({ text: 'Here.', restarts: 1 });
    expect(other.scripted.calls).toHaveLength(0);
  });

  it('is answered also when the signal between the processes is lost', async () => {
    await using t = await createTestTurns({ leaseMs: 600 });
    await using other = await createTestTurns({ database: t });
    const session = await t.createSession();
    const first = await t.turns.accept(message(session, 'Wher?', asked));
    const shown = show(t.turns.follow(first.turnId, { signal: never }));
    await t.scripted.call(0);
    await t.db.raw(`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'parley-signals' and datname = current_database()`);

    await other.turns.accept(message(session, 'Where?', edit(1)));
    const call = await t.scripted.call(1);
    call.say('Here.');
    call.finish();

    expect((await shown).text).toBe('Here.');
  });

  it('is stopped by what still carries the id of the first answer', async () => {
    await using t = await createTestTurns();
    const session = await t.createSession();
    const first = await t.turns.accept(message(session, 'Wher?', asked));
    const shown = show(t.turns.follow(first.turnId, { signal: never }));
    await t.scripted.call(0);
    await t.turns.accept(message(session, 'Where?', edit(1)));
    (await t.scripted.call(1)).say('It is');

    await t.turns.stopTurn(first.turnId);

    expect((await shown).text).toBe('It is');
    expect(await stored(t, session.sessionId)).toEqual(['user: Where?', 'assistant: It is']);
  });

  it('is taken up, with what its messages are found by, when the process that showed it dies', async () => {
    await using t = await createTestTurns();
    const session = await t.createSession();
    const first = await t.turns.accept(message(session, 'Wher?', { ...asked, delivery: { posted: 1 } }));
    await t.scripted.call(0);
    await t.turns.accept(message(session, 'Where?', edit(1)));
    await t.scripted.call(1);
    await t.turns.saveDelivery(first.turnId, { posted: 2 });
    await t.stop();

    const recovered: { delivery: unknown; text: string }[] = [];
    await using other = await createTestTurns({ database: t });
    other.turns.onRecovered('web', async (turn, events) => {
      recovered.push({ delivery: turn.delivery, text: (await show(events)).text });
    });
    const call = await other.scripted.call(0);
    call.say('Here.');
    call.finish();

    await expect.poll(() => recovered).toEqual([{ delivery: { posted: 2 }, text: 'Here.' }]);
    expect(await stored(t, session.sessionId)).toEqual(['user: Where?', 'assistant: Here.']);
  });
});

describe('an edit of an answered question', () => {
  it('is answered in place of the first answer, and tells where that is shown', async () => {
    const { t, session, first } = await createAnswered();
    await using _t = t;
    await t.turns.saveDelivery(first.turnId, { posted: 1 });
    const next = await t.turns.accept(message(session, 'And then?'));
    const nextCall = await t.scripted.call(1);
    nextCall.finish();
    await show(t.turns.follow(next.turnId, { signal: never }));

    const edited = await t.turns.accept(message(session, 'Where is he?', edit(1)));
    const call = await t.scripted.call(2);
    call.say('There.');
    call.finish();

    expect(edited).toEqual({
      turnId: expect.any(String),
      isDuplicate: false,
      replaced: { turnId: first.turnId, delivery: { posted: 1 } },
    });
    expect(await t.turns.find(edited.turnId)).toMatchObject({ delivery: { posted: 1 } });
    expect(await show(t.turns.follow(edited.turnId, { signal: never }))).toEqual({ text: 'There.', restarts: 0 });
    expect(await stored(t, session.sessionId)).toEqual([
      'user: Where is he?',
      'assistant: There.',
      'user: And then?',
      'assistant: ',
    ]);
  });

  it('changes nothing when the words are the same, or when it comes a second time', async () => {
    const { t, session, first } = await createAnswered();
    await using _t = t;

    const same = await t.turns.accept(message(session, 'Where is it?', edit(1)));
    const other = await t.turns.accept(message(session, 'Where is he?', edit(2)));
    const again = await t.turns.accept(message(session, 'Where is he?', edit(2)));

    expect(same).toEqual({ turnId: first.turnId, isDuplicate: true });
    expect(again).toEqual({ turnId: other.turnId, isDuplicate: true });
    expect(await t.db('turns')).toHaveLength(2);
  });

  it('does not get in the way of what is answered just then in the same session', async () => {
    const { t, session } = await createAnswered();
    await using _t = t;
    await t.turns.accept(message(session, 'And then?'));
    const running = await t.scripted.call(1);

    const edited = await t.turns.accept(message(session, 'Where is he?', edit(1)));
    running.finish();
    const call = await t.scripted.call(2);
    call.say('There.');
    call.finish();

    expect((await show(t.turns.follow(edited.turnId, { signal: never }))).text).toBe('There.');
  });

  it('is refused when the question was deleted here meanwhile', async () => {
    const { t, session } = await createAnswered();
    await using _t = t;
    await t.db('messages').delete();

    await expect(t.turns.accept(message(session, 'Where is he?', edit(1)))).rejects.toMatchObject({
      code: 'message_not_found',
    });
  });
});

it('takes an edit of what was never asked as a question, and its first version after that as nothing new', async () => {
  await using t = await createTestTurns();
  const session = await t.createSession();

  const edited = await t.turns.accept(message(session, '@parley where?', edit(1)));
  const first = await t.turns.accept(message(session, 'where?', asked));

  expect(edited.isDuplicate).toBe(false);
  expect(first).toEqual({ turnId: edited.turnId, isDuplicate: true });
  expect(await stored(t, session.sessionId)).toEqual(['user: @parley where?']);
});
