import type { Knex } from 'knex';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../core/errors.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { createTestTurns, message, never, readAnswer } from '../../support/test-turns.ts';

async function storedMessages(t: Awaited<ReturnType<typeof createTestTurns>>, sessionId: string) {
  const rows = await t.db('messages').where({ session_id: sessionId }).orderBy('position');
  return rows.map((row) => `${row.role} ${row.status}: ${row.content}`);
}

describe('running a turn', () => {
  it('streams the answer and stores both messages before it says done', async () => {
    await using t = await createTestTurns();
    const session = await t.createSession();

    const events = t.turns.run(message(session, 'Hello?'), { signal: never });
    const first = events.next();
    const call = await t.scripted.call(0);
    call.say('Hi ');
    expect(await first).toMatchObject({ value: { type: 'delta', text: 'Hi ' } });
    call.say('there');
    call.finish();
    expect(await events.next()).toMatchObject({ value: { type: 'delta', text: 'there' } });
    const done = await events.next();

    expect(done.value).toMatchObject({
      type: 'done',
      userMessage: { content: 'Hello?', role: 'user' },
      answer: { content: 'Hi there', status: 'complete', model: 'scripted' },
    });
    expect(await storedMessages(t, session.sessionId)).toEqual([
      'user complete: Hello?',
      'assistant complete: Hi there',
    ]);
  });

  it('answers a session in order of arrival, and different sessions side by side', async () => {
    await using t = await createTestTurns();
    const [one, other] = [await t.createSession(), await t.createSession()];

    const first = readAnswer(t.turns.run(message(one, 'first'), { signal: never }));
    await t.scripted.call(0);
    const second = readAnswer(t.turns.run(message(one, 'second'), { signal: never }));
    const elsewhere = readAnswer(t.turns.run(message(other, 'elsewhere'), { signal: never }));
    const sideBySide = await t.scripted.call(1);
    expect(sideBySide.userMessage.content).toBe('elsewhere');
    (await t.scripted.call(0)).finish();
    const next = await t.scripted.call(2);
    expect(next.userMessage.content).toBe('second');
    next.say('two');
    next.finish();
    sideBySide.finish();
    await Promise.all([first, elsewhere]);

    expect(await second).toBe('two');
  });

  it('never runs two turns of one session at once, however many arrive together', async () => {
    let running = 0;
    let most = 0;
    await using t = await createTestTurns({
      answer: async ({ userMessage, live }) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        live.append(userMessage.content);
        running -= 1;
        return {
          answer: { state: 'complete', errorCode: null, content: live.text, sources: [], model: 'm', usage: null },
          error: null,
        };
      },
    });
    const session = await t.createSession();

    const texts = Array.from({ length: 20 }, (_, n) => `question ${n}`);
    const answers = await Promise.all(
      texts.map((text) => readAnswer(t.turns.run(message(session, text), { signal: never }))),
    );

    expect(answers).toEqual(texts);
    expect(most).toBe(1);
    const stored = await t.db('messages').where({ session_id: session.sessionId }).orderBy('position');
    expect(stored).toHaveLength(40);
    for (let n = 0; n < 40; n += 2) expect(stored[n + 1].content).toBe(stored[n].content);
  });

  it('tells who waits when their chat has been deleted meanwhile, in line or for the end of an answer', async () => {
    await using t = await createTestTurns();
    const session = await t.createSession();
    const first = readAnswer(t.turns.run(message(session, 'First'), { signal: never }));
    const running = await t.scripted.call(0);
    const second = readAnswer(t.turns.run(message(session, 'Second'), { signal: never }));
    await expect.poll(() => t.turns.countUnfinished()).toBe(2);

    await t.db('sessions').where({ id: session.sessionId }).delete();
    running.finish();
    const ends = await Promise.allSettled([first, second]);

    expect(ends).toMatchObject([
      { reason: { code: 'message_not_found', message: 'This message has been deleted.' } },
      { reason: { code: 'message_not_found' } },
    ]);
  });

  it('answers its asker also when its turn comes up before we hear that it was accepted', async () => {
    await using database = await createTestDatabase();
    const late = lateAcceptance(database.db);
    await using t = await createTestTurns({ database: { ...database, db: late.db } });
    const session = await t.createSession();
    const first = readAnswer(t.turns.run(message(session, 'First'), { signal: never }));
    const running = await t.scripted.call(0);

    late.hold();
    const second = readAnswer(t.turns.run(message(session, 'Second'), { signal: never }));
    await late.accepted;
    running.finish();
    await first;
    await expect.poll(() => t.db('turns').where({ state: 'running' }).count().first()).toEqual({ count: 1 });
    late.release();
    const call = await t.scripted.call(1);
    call.say('two');
    call.finish();

    expect(await second).toBe('two');
    expect(await storedMessages(t, session.sessionId)).toHaveLength(4);
  });

  it('keeps what was written and marks it interrupted when the asker leaves', async () => {
    await using t = await createTestTurns();
    const session = await t.createSession();
    const leaving = new AbortController();

    const reading = readAnswer(t.turns.run(message(session, 'Tell me all'), { signal: leaving.signal }));
    const call = await t.scripted.call(0);
    call.say('It begins');
    leaving.abort();
    await expect(reading).rejects.toThrow();
    await expect.poll(() => storedMessages(t, session.sessionId)).toContain('assistant interrupted: It begins');

    expect(call.signal.aborted).toBe(true);
  });

  it('stores a failure as one plain sentence and throws it to whoever is watching', async () => {
    await using t = await createTestTurns();
    const session = await t.createSession();

    const reading = readAnswer(t.turns.run(message(session, 'Hello?'), { signal: never }));
    (await t.scripted.call(0)).fail(new AppError('model_unavailable', 'It did not work.'));

    await expect(reading).rejects.toMatchObject({ code: 'model_unavailable' });
    expect(await storedMessages(t, session.sessionId)).toEqual([
      'user complete: Hello?',
      'assistant failed: It did not work.',
    ]);
  });

  it.each([
    ['broke off', new AppError('model_interrupted', 'The answer broke off.'), { code: 'model_interrupted' }],
    ['met a bug of ours', new TypeError('x is not a function'), { message: expect.stringContaining('unexpectedly') }],
  ])('tells whoever asks later that an answer %s, as it told those who were watching', async (_, cause, expected) => {
    await using t = await createTestTurns();
    const session = await t.createSession();
    const { turnId } = await t.turns.accept(message(session, 'hi', { eventId: 'e1' }));
    const call = await t.scripted.call(0);
    call.say('It begins');
    call.fail(cause, 'interrupted');
    await expect.poll(() => storedMessages(t, session.sessionId)).toHaveLength(2);

    const events: string[] = [];
    const following = (async () => {
      for await (const event of t.turns.follow(turnId, { signal: never })) events.push(event.type);
    })();

    await expect(following).rejects.toMatchObject(expected);
    expect(events).toEqual(['delta']);
  });

  it('refuses a session of somebody else', async () => {
    await using t = await createTestTurns();
    const [mine, theirs] = [await t.createSession(), await t.createSession()];

    const reading = readAnswer(t.turns.run(message({ ...mine, sessionId: theirs.sessionId }, 'Hi'), { signal: never }));

    await expect(reading).rejects.toMatchObject({ code: 'session_not_found' });
    expect(await storedMessages(t, theirs.sessionId)).toEqual([]);
  });
});

describe('the same event again', () => {
  it('starts nothing new and gives the same answer, while it is written and afterwards', async () => {
    await using t = await createTestTurns();
    const session = await t.createSession();
    const incoming = message(session, 'Once?', { eventId: 'event-1' });

    const first = readAnswer(t.turns.run(incoming, { signal: never }));
    const call = await t.scripted.call(0);
    call.say('Only ');
    const again = readAnswer(t.turns.run(incoming, { signal: never }));
    await expect.poll(() => call.live.followers).toBe(2);
    call.say('once');
    call.finish();
    const afterwards = async () => readAnswer(t.turns.run(incoming, { signal: never }));

    expect(await Promise.all([first, again])).toEqual(['Only once', 'Only once']);
    expect(await afterwards()).toBe('Only once');
    expect(t.scripted.calls).toHaveLength(1);
  });

  it('goes on writing when its asker leaves, because they may ask for it again', async () => {
    await using t = await createTestTurns();
    const session = await t.createSession();
    const incoming = message(session, 'Once?', { eventId: 'event-1' });
    const leaving = new AbortController();

    const first = readAnswer(t.turns.run(incoming, { signal: leaving.signal }));
    const call = await t.scripted.call(0);
    leaving.abort();
    await expect(first).rejects.toThrow();
    call.say('Still here');
    call.finish();

    expect(await readAnswer(t.turns.run(incoming, { signal: never }))).toBe('Still here');
  });

  it('refuses an idempotency key that comes back with another message', async () => {
    await using t = await createTestTurns();
    const session = await t.createSession();
    const first = await t.turns.accept(message(session, 'One thing', { eventId: 'key' }));

    const reading = t.turns.accept(message(session, 'Another thing', { eventId: 'key' }));

    await expect(reading).rejects.toMatchObject({ code: 'conflict' });
    expect(first.isDuplicate).toBe(false);
  });
});

/** The same database, but when it is told to, we hear late of what was accepted. */
function lateAcceptance(db: Knex) {
  let isHolding = false;
  const released = Promise.withResolvers<void>();
  const accepted = Promise.withResolvers<void>();
  const raw = (sql: string, bindings: Knex.ValueDict) => {
    const query = db.raw(sql, bindings);
    if (!isHolding || !sql.includes('insert into inbox_events')) return query;
    return {
      async options(options: Readonly<Record<string, unknown>>) {
        const result = await query.options(options);
        accepted.resolve();
        await released.promise;
        return result;
      },
    };
  };
  return {
    db: new Proxy(db, { get: (target, name) => (name === 'raw' ? raw : Reflect.get(target, name)) }),
    hold: () => {
      isHolding = true;
    },
    accepted: accepted.promise,
    release: released.resolve,
  };
}
