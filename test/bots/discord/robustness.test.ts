import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createFakeDiscord } from '../../support/fake-discord.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { createDiscordTest, encryptionKey, isDone } from './discord-harness.ts';

type Test = Awaited<ReturnType<typeof createDiscordTest>>;

const answering = () => ({ model: createScriptedModel({ reply: () => 'Hello!' }) });

/** Moves the bot's clock and Discord's alike. */
function createClock(discord: Test['discord']) {
  return { now: () => new Date(discord.state.now()) };
}

describe('an interaction that takes longer than Discord lets it', () => {
  /** The bot's timers, which run out when a test says so. */
  function createTimers() {
    const timers = new Set<() => void>();
    const after = (_ms: number, work: () => void) => {
      timers.add(work);
      return () => timers.delete(work);
    };
    async function runOut(): Promise<void> {
      await expect.poll(() => timers.size).toBe(1);
      for (const work of timers) work();
    }
    return { bot: { after }, runOut };
  }

  it('ends in an ordinary message in the channel, to which the first one points', async () => {
    const timers = createTimers();
    await using t = await createDiscordTest(timers);
    const asked = t.discord.command('ask', { values: { question: 'slowly' } });
    const call = await t.model.call(0);
    call.say('Well');
    await t.discord.until(() => t.discord.answers(asked)[0]?.content === 'Well');
    await timers.runOut();
    const moved = await t.discord.until(() =>
      t.discord.shown().find(({ interactionToken }) => interactionToken === null),
    );
    const [first] = await t.discord.until(
      () => t.discord.answers(asked)[0]?.content.includes(moved.id) && t.discord.answers(asked),
    );
    t.discord.advance(16 * 60_000);

    call.say(', here it is.');
    call.finish();
    await t.discord.until(() => isDone(moved));

    expect(first?.content).toBe(
      `This takes longer than Discord lets me answer here. The answer is at https://discord.com/channels/${t.discord.guildId}/${t.discord.channelId}/${moved.id}`,
    );
    expect(moved.content).toBe('Well, here it is.');
    expect(t.discord.shown()).toHaveLength(2);
    expect(t.discord.violations).toEqual([]);
  });

  it('ends in a direct message when it was private', async () => {
    const timers = createTimers();
    await using t = await createDiscordTest(timers);
    const asked = t.discord.command('ask', { values: { question: 'slowly', private: true } });
    const call = await t.model.call(0);
    await timers.runOut();
    const moved = await t.discord.until(() => t.discord.shown('9501')[0]);
    await t.discord.until(() => t.discord.answers(asked)[0]?.content.includes('/channels/@me/9501/'));
    call.say('A secret.');
    call.finish();
    await t.discord.until(() => isDone(moved));

    expect(moved.content).toBe('A secret.');
    expect(t.discord.shown().every(({ isEphemeral }) => isEphemeral)).toBe(true);
    expect(t.discord.violations).toEqual([]);
  });

  it('says where to go on when the bot can reach nobody', async () => {
    const timers = createTimers();
    await using t = await createDiscordTest({ ...timers, discord: { closedDms: new Set(['501']) } });
    const asked = t.discord.command('ask', {
      values: { question: 'slowly' },
      context: 2,
      channelId: '4242',
      isBotIn: false,
    });
    const call = await t.model.call(0);
    await timers.runOut();
    await t.discord.until(() => t.discord.answers(asked)[0]?.content.includes('find it with `/chat list`'));
    call.say('Too late.');
    call.finish();
    await expect.poll(() => t.db('turns').where({ state: 'complete' })).toHaveLength(1);

    expect(t.discord.violations).toEqual([]);
  });
});

describe('a connection that drops in the middle of an answer', () => {
  it.each([
    ['is closed with code 4000', (t: Test) => t.discord.gateway.closeAll(4000)],
    ['is asked to reconnect', (t: Test) => t.discord.gateway.askToReconnect()],
  ])('and %s is resumed, and nothing is lost or doubled', async (_what, drop) => {
    await using t = await createDiscordTest();
    t.discord.say(`${t.discord.mention} first`);
    const call = await t.model.call(0);
    call.say('One');

    drop(t);
    const asked = t.discord.command('ask', { values: { question: 'second' }, userId: '502' });
    call.finish();
    const second = await t.model.call(1);
    second.say('Two');
    second.finish();
    await t.discord.until(() => t.discord.shown().filter(isDone).length === 2);

    await expect.poll(() => t.discord.gateway.counts).toEqual({ identified: 1, resumed: 1 });
    expect(t.discord.shown().map(({ content }) => content)).toEqual(['One', 'Two']);
    expect(asked.ackMs).toBeLessThan(3000);
    expect(t.discord.violations).toEqual([]);
  });

  it('by failing requests still ends whole', async () => {
    await using t = await createDiscordTest();
    const asked = t.discord.command('ask', { values: { question: 'hi' } });
    const call = await t.model.call(0);
    // More than the library tries by itself.
    t.discord.state.nextFailures.push(...Array.from({ length: 9 }, () => ({ pattern: /^PATCH/, status: 502 })));
    call.say('Whole.');
    call.finish();
    await t.discord.until(() => t.discord.answers(asked).some(isDone));

    expect(t.discord.answers(asked).map(({ content }) => content)).toEqual(['Whole.']);
  });
});

describe('an answer that its process did not finish', () => {
  it.each([
    ['a mention', (t: Test) => void t.discord.say(`${t.discord.mention} hi`)],
    ['a command', (t: Test) => void t.discord.command('ask', { values: { question: 'hi' } })],
    ['a private command', (t: Test) => void t.discord.command('ask', { values: { question: 'hi', private: true } })],
  ])('to %s is finished by the next one, in the same message', async (_what, ask) => {
    await using database = await createTestDatabase();
    await using discord = await createFakeDiscord();
    const first = await createDiscordTest({ at: discord, database });
    ask(first);
    (await first.model.call(0)).say('Half an');
    await discord.until(() => discord.shown().find(({ content }) => content === 'Half an'));
    await first.kill();

    await using second = await createDiscordTest({ at: discord, database });
    const call = await second.model.call(0);
    call.say('A whole answer.');
    call.finish();
    await discord.until(() => discord.shown().some(isDone));

    expect(discord.shown().map(({ content }) => content)).toEqual(['A whole answer.']);
    expect(discord.violations).toEqual([]);
  });

  it('is finished once after the process was killed: a mention, a command, a private command', async () => {
    await using database = await createTestDatabase();
    await using discord = await createFakeDiscord();
    const child = spawn(process.execPath, [new URL('bot-process.ts', import.meta.url).pathname], {
      env: {
        DATABASE_URL: database.url,
        DISCORD_API_URL: discord.apiUrl,
        DISCORD_TOKEN: discord.state.token,
        ENCRYPTION_KEY: encryptionKey.toString('base64'),
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await expect.poll(() => discord.gateway.counts.identified).toBe(1);
    discord.say(`${discord.mention} hi`);
    discord.command('ask', { values: { question: 'hi' }, userId: '502' });
    discord.command('ask', { values: { question: 'hi', private: true }, userId: '503' });
    await discord.until(() => discord.shown().filter(({ content }) => content === 'Half an').length === 3);
    child.kill('SIGKILL');
    await once(child, 'exit');

    const model = createScriptedModel({ reply: () => 'A whole answer.' });
    await using _next = await createDiscordTest({ at: discord, database, model });
    await discord.until(() => discord.shown().filter(isDone).length === 3);

    expect(discord.shown().map(({ content }) => content)).toEqual(Array(3).fill('A whole answer.'));
    expect(model.calls).toHaveLength(3);
    expect(discord.violations).toEqual([]);
  });

  it('is posted once when the process died before it had posted anything', async () => {
    await using database = await createTestDatabase();
    await using discord = await createFakeDiscord({ nextFailures: [] });
    const first = await createDiscordTest({ at: discord, database });
    discord.state.nextFailures.push({
      pattern: /^POST .*messages$/,
      status: 403,
      body: { code: 40_333, message: 'no' },
    });
    discord.say(`${discord.mention} hi`);
    await first.model.call(0);
    await first.kill();

    await using second = await createDiscordTest({ at: discord, database });
    const call = await second.model.call(0);
    call.say('Here.');
    call.finish();
    await discord.until(() => discord.shown().some(isDone));

    expect(discord.shown().map(({ content }) => content)).toEqual(['Here.']);
  });

  it('whose token is dead by then is finished in an ordinary message', async () => {
    await using database = await createTestDatabase();
    await using discord = await createFakeDiscord();
    const bot = { clock: createClock(discord) };
    const first = await createDiscordTest({ at: discord, database, bot });
    discord.command('ask', { values: { question: 'hi' } });
    await first.model.call(0);
    await first.kill();
    discord.advance(16 * 60_000);

    await using second = await createDiscordTest({ at: discord, database, bot });
    const call = await second.model.call(0);
    call.say('Late, but here.');
    call.finish();
    const message = await discord.until(() => discord.shown().find(isDone));

    expect(message).toMatchObject({ content: 'Late, but here.', interactionToken: null });
    expect(discord.violations).toEqual([]);
  });
});

describe('the Discord bot', () => {
  it('with a wrong token is off, says so once, and throws nothing', async () => {
    await using discord = await createFakeDiscord();
    await using t = await createDiscordTest({ at: discord, bot: { token: 'wrong' } });

    expect(t.bot.state().state).toBe('failed');
    const errors = t.logger.lines.filter(({ level }) => level === 'error');
    expect(errors.map(({ message }) => message)).toEqual([
      'Discord is off: Discord does not accept DISCORD_TOKEN. Copy it again from the Bot page of the developer portal.',
    ]);
    expect(JSON.stringify(t.logger.lines)).not.toContain('wrong');
  });

  it('connects by itself once Discord answers', async () => {
    const away = Array.from({ length: 5 }, () => ({ pattern: /gateway/, status: 400 }));
    await using t = await createDiscordTest({ ...answering(), discord: { nextFailures: away } });

    await expect.poll(() => t.bot.state().state).toBe('connected');
    t.discord.say(`${t.discord.mention} hi`);
    await t.discord.until(() => t.discord.shown().some(isDone));
  });

  it('opens as many shards as Discord recommends', async () => {
    await using t = await createDiscordTest({ ...answering(), discord: { shards: 3 } });
    const dm = t.discord.addDm();
    t.discord.say(`${t.discord.mention} hi`);
    t.discord.say('hi', { channelId: dm.id });
    await t.discord.until(() => t.discord.shown().some(isDone) && t.discord.shown(dm.id).some(isDone));

    expect(t.discord.gateway.counts.identified).toBe(3);
  });

  it('answers by direct message where it may read but not write', async () => {
    await using t = await createDiscordTest(answering());
    const mute = t.discord.addChannel({ name: 'mute', isBotIn: false });
    t.discord.say(`${t.discord.mention} hi`, { channelId: mute.id });
    await t.discord.until(() => t.discord.shown('9501').some(isDone));

    expect(t.discord.violations).toEqual([]);
  });

  it('answers without a reply where it may not read what was said before', async () => {
    const body = { code: 160_002, message: 'Cannot reply without permission to read message history' };
    const nextFailures = [{ pattern: /^POST .*messages$/, status: 400, body }];
    await using t = await createDiscordTest({ ...answering(), discord: { nextFailures } });

    t.discord.say(`${t.discord.mention} hi`);
    const answer = await t.discord.until(() => t.discord.shown().find(isDone));

    expect(answer).toMatchObject({ content: 'Hello!', replyTo: null });
  });

  it('leaves an answer alone whose message somebody deleted', async () => {
    await using t = await createDiscordTest();
    t.discord.say(`${t.discord.mention} hi`);
    const call = await t.model.call(0);
    const [message] = await t.discord.until(() => t.discord.shown().length > 0 && t.discord.shown());
    message!.isDeleted = true;
    call.say('Hello!');
    call.finish();
    await expect.poll(() => t.db('turns').where({ state: 'complete' })).toHaveLength(1);
    await expect
      .poll(() => t.logger.lines.some(({ message }) => message.startsWith('an answer is not shown')))
      .toBe(true);

    expect(t.discord.shown()).toEqual([]);
  });

  it('in two processes answers everything once, and hints once', async () => {
    await using database = await createTestDatabase();
    await using discord = await createFakeDiscord();
    const both = { at: discord, database, more: { limits: { perPerson: 2, perPlace: 100 } } };
    await using one = await createDiscordTest({ ...both, ...answering() });
    await using two = await createDiscordTest({ ...both, ...answering() });

    discord.say(`${discord.mention} first`);
    discord.command('ask', { values: { question: 'second' } });
    await discord.until(() => discord.shown().filter(isDone).length === 2);
    discord.say(`${discord.mention} third`);
    discord.say(`${discord.mention} somebody else`, { userId: '502' });
    await discord.until(() => discord.shown().filter(isDone).length === 3 && discord.shown().length === 4);

    expect(one.model.calls.length + two.model.calls.length).toBe(3);
    expect(discord.shown().filter(({ content }) => content.startsWith('That was a lot'))).toHaveLength(1);
    expect(discord.violations).toEqual([]);
  });

  it('acknowledges in time also when the database is slow', async () => {
    await using t = await createDiscordTest(answering());
    const { record } = t.app.inbox;
    const acknowledged = Promise.withResolvers<void>();
    t.app.inbox.record = async (platform, eventId) => {
      await acknowledged.promise;
      return record(platform, eventId);
    };

    const asked = t.discord.command('ask', { values: { question: 'hi' } });
    await t.discord.until(() => asked.response !== null);
    acknowledged.resolve();
    await t.discord.until(() => t.discord.answers(asked).some(isDone));

    expect(t.discord.violations).toEqual([]);
  });

  it('keeps interaction tokens encrypted', async () => {
    await using t = await createDiscordTest(answering());
    const asked = t.discord.command('ask', { values: { question: 'hi' } });
    await t.discord.until(() => t.discord.answers(asked).some(isDone));

    const [turn] = await t.db('turns').select('delivery');
    expect(turn.delivery).toMatchObject({ interaction: { applicationId: t.discord.state.applicationId } });
    expect(JSON.stringify(turn)).not.toContain(asked.token);
  });

  it('answers 200 questions of 50 people at once without breaking a limit', async () => {
    const words = 'Every answer has some words to stream, so that there is something to edit. '.repeat(3);
    await using t = await createDiscordTest({
      model: createScriptedModel({ reply: () => words }),
      bot: { minEditIntervalMs: 1000 },
      // However slow the machine is: that acknowledgements come first is seen by their order.
      discord: { ackLimitMs: 60_000 },
      more: { leaseMs: 60_000 },
    });
    const asked = Array.from({ length: 200 }, (_, n) =>
      t.discord.command('ask', { values: { question: `question ${n}` }, userId: String(1000 + (n % 50)) }),
    );
    await t.discord.until(() => asked.every((one) => t.discord.answers(one).some(isDone)));

    const isAnswer = ({ method, path }: { method: string; path: string }) =>
      method === 'PATCH' && path.includes('@original');
    const firstAnswer = t.discord.state.requests.findIndex(isAnswer);
    const later = t.discord.state.requests.slice(firstAnswer).filter(({ path }) => path.endsWith('/callback'));
    expect(later.length).toBeLessThan(20);
    expect(t.model.calls).toHaveLength(200);
    expect(t.discord.violations).toEqual([]);
  }, 180_000);

  it('keeps to the limits of a channel where many are answered at once', async () => {
    await using t = await createDiscordTest({ bot: { minEditIntervalMs: 100 } });
    t.discord.state.editRule.perMs = 1000;
    t.discord.state.postRule.perMs = 1000;
    for (let n = 0; n < 8; n += 1) t.discord.say(`${t.discord.mention} question ${n}`, { userId: String(1000 + n) });
    const calls = await Promise.all(Array.from({ length: 8 }, (_, n) => t.model.call(n)));
    for (let n = 0; n < 20; n += 1) {
      for (const call of calls) call.say(`word ${n} `);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    for (const call of calls) call.finish();
    await t.discord.until(() => t.discord.shown().filter(isDone).length === 8);

    expect(t.discord.violations).toEqual([]);
  }, 60_000);
});
