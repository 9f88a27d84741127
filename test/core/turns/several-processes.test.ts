import { describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../support/test-database.ts';
import { createTestTurns, message, never, readAnswer } from '../../support/test-turns.ts';

describe('several processes on one database', () => {
  it('keeps the order within a session across both', async () => {
    await using database = await createTestDatabase();
    await using a = await createTestTurns({ database });
    await using b = await createTestTurns({ database });
    const session = await a.createSession();

    const first = readAnswer(a.turns.run(message(session, 'first'), { signal: never }));
    const callA = await a.scripted.call(0);
    const second = readAnswer(b.turns.run(message(session, 'second'), { signal: never }));
    await expect.poll(async () => (await database.db('turns').where({ state: 'queued' })).length).toBe(1);
    expect(b.scripted.calls).toHaveLength(0);
    callA.say('one');
    callA.finish();
    const callB = await b.scripted.call(0);
    callB.say('two');
    callB.finish();

    expect(await Promise.all([first, second])).toEqual(['one', 'two']);
    expect(a.scripted.calls).toHaveLength(1);
  });

  it('answers from the start what a dead process left, running or waiting, in order', async () => {
    await using database = await createTestDatabase();
    const leaseMs = 300;
    await using living = await createTestTurns({ database, leaseMs });
    const session = await living.createSession();
    // A process that died left two turns behind, its lease run out.
    const dead = await createTestTurns({ database, leaseMs });
    const lost = [
      await dead.turns.accept(message(session, 'first', { eventId: 'e1' })),
      await dead.turns.accept(message(session, 'second', { eventId: 'e2' })),
    ];
    (await dead.scripted.call(0)).say('half an ans');
    await dead.stop();

    const call = await living.scripted.call(0);
    expect(call.userMessage.content).toBe('first');
    call.say('whole answer');
    call.finish();
    const next = await living.scripted.call(1);
    expect(next.userMessage.content).toBe('second');
    next.finish();

    expect(await readAnswer(living.turns.follow(lost[0]!.turnId, { signal: never }))).toBe('whole answer');
    await expect.poll(async () => (await database.db('turns').where({ state: 'complete' })).length).toBe(2);
  });

  it('hands a recovered answer to its platform, with what that platform kept to find its message', async () => {
    await using database = await createTestDatabase();
    const dead = await createTestTurns({ database });
    const session = await dead.createSession();
    const { turnId } = await dead.turns.accept(message(session, 'hi', { platform: 'discord', eventId: 'e1' }));
    await dead.turns.saveDelivery(turnId, { messageId: '42' });
    await dead.stop();
    await using living = await createTestTurns({ database });
    const shown = new Promise<unknown>((resolve) =>
      living.turns.onRecovered('discord', async (turn, events) => resolve([turn.delivery, await readAnswer(events)])),
    );

    const call = await living.scripted.call(0);
    call.say('back');
    call.finish();

    expect(await shown).toEqual([{ messageId: '42' }, 'back']);
  });

  it('gives up a turn that brings down every process that tries it', async () => {
    await using t = await createTestTurns({ leaseMs: 200 });
    const session = await t.createSession();
    const { turnId } = await t.turns.accept(message(session, 'poison', { eventId: 'e1' }));
    await t.scripted.call(0);
    await t.stop();
    await t
      .db('turns')
      .where({ id: turnId })
      .update({ attempts: 3, lease_until: new Date(0) });
    await using next = await createTestTurns({ database: t });

    const reading = readAnswer(next.turns.follow(turnId, { signal: never }));

    await expect(reading).rejects.toMatchObject({ code: 'turn_abandoned' });
    expect(next.scripted.calls).toHaveLength(0);
  });

  it('does not let a process that lost its lease store a second answer', async () => {
    await using database = await createTestDatabase();
    await using slow = await createTestTurns({ database });
    const session = await slow.createSession();
    const { turnId } = await slow.turns.accept(message(session, 'hi', { eventId: 'e1' }));
    const late = await slow.scripted.call(0);
    await database
      .db('turns')
      .where({ id: turnId })
      .update({ lease_until: new Date(0), lease_owner: 'somebody else' });
    await using other = await createTestTurns({ database });
    const call = await Promise.race([other.scripted.call(0), slow.scripted.call(1)]);
    call.say('the answer');
    call.finish();
    await expect.poll(async () => (await database.db('turns').where({ state: 'complete' })).length).toBe(1);
    late.say('a late one');
    late.finish();

    expect(await readAnswer(other.turns.follow(turnId, { signal: never }))).toBe('the answer');
    expect(await database.db('messages').where({ role: 'assistant' })).toHaveLength(1);
  });

  it('stops an answer that is being written in another process', async () => {
    await using database = await createTestDatabase();
    await using a = await createTestTurns({ database });
    await using b = await createTestTurns({ database });
    const session = await a.createSession();
    const { turnId } = await a.turns.accept(message(session, 'long', { eventId: 'e1' }));
    (await a.scripted.call(0)).say('so far');

    await b.turns.stopTurn(turnId);

    expect(await readAnswer(b.turns.follow(turnId, { signal: never }))).toBe('so far');
    expect(await database.db('messages').where({ status: 'interrupted' })).toHaveLength(1);
  });
});

describe('stopping the process', () => {
  it('lets running answers end, refuses new messages, and leaves the rest to others', async () => {
    await using t = await createTestTurns();
    const session = await t.createSession();
    const running = readAnswer(t.turns.run(message(session, 'running'), { signal: never }));
    const call = await t.scripted.call(0);
    const waiting = readAnswer(t.turns.run(message(session, 'waiting', { eventId: 'e2' }), { signal: never }));
    const waitingEnds = expect(waiting).rejects.toMatchObject({ code: 'shutting_down' });
    await expect.poll(async () => (await t.db('turns').where({ state: 'queued' })).length).toBe(1);

    const stopped = t.turns.stop({ drainMs: 5000 });
    await expect(t.turns.accept(message(session, 'late'))).rejects.toMatchObject({ code: 'shutting_down' });
    call.say('in time');
    call.finish();
    await stopped;

    expect(await running).toBe('in time');
    await waitingEnds;
    expect(await t.db('turns').where({ state: 'queued' }).where('lease_until', '<', new Date())).toHaveLength(1);
  });
});
