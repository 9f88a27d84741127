import { describe, expect, it } from 'vitest';
import { createFakeDiscord, MESSAGE_CONTENT_FLAG } from '../../support/fake-discord.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createDiscordTest, isDone } from './discord-harness.ts';

const answering = () => createScriptedModel({ reply: () => 'Hello!' });

/** Time that passes when a test says so: what is due then is done. */
function createTime() {
  const due = new Map<object, { ms: number; work: () => void }>();
  return {
    after(ms: number, work: () => void) {
      const key = {};
      due.set(key, { ms, work });
      return () => void due.delete(key);
    },
    waits: () => [...due.values()].map(({ ms }) => ms),
    pass() {
      const works = [...due.values()];
      due.clear();
      for (const { work } of works) work();
    },
  };
}

describe('Discord that refuses Message Content after the portal said yes', () => {
  const refusing = { applicationFlags: MESSAGE_CONTENT_FLAG, isSwitchedOn: false };

  it('is used without it: commands, mentions and direct messages are answered', async () => {
    await using t = await createDiscordTest({ model: answering(), discord: refusing });
    const dm = t.discord.addDm();

    const asked = t.discord.command('ask', { values: { question: 'hi' } });
    t.discord.say(`${t.discord.mention} hi`);
    t.discord.say('hi', { channelId: dm.id });
    await t.discord.until(
      () =>
        isDone(t.discord.answers(asked)[0]) &&
        t.discord.shown().filter(isDone).length === 2 &&
        t.discord.shown(dm.id).some(isDone),
    );

    expect(t.bot.state()).toMatchObject({
      state: 'degraded',
      detail: expect.stringMatching(
        /^connected as .*, in 1 server\. Message Content Intent is off .*applications\/\d+\/bot/,
      ),
    });
    expect(t.logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('is used with it, without a restart, once the switch is on', async () => {
    const time = createTime();
    await using t = await createDiscordTest({
      model: answering(),
      discord: refusing,
      bot: { connectAfter: time.after },
    });
    const thread = t.discord.addChannel({ type: 11, parentId: t.discord.channelId, ownerId: t.discord.state.botId });
    expect(time.waits()).toEqual([10_000]);
    time.pass();
    await expect.poll(() => time.waits()).toEqual([20_000]);
    expect(t.bot.state().state).toBe('degraded');

    t.discord.state.isSwitchedOn = true;
    time.pass();
    await expect.poll(() => t.bot.state().state).toBe('connected');
    t.discord.say('hi, without a mention', { channelId: thread.id });
    await t.discord.until(() => t.discord.shown(thread.id).some(isDone));

    expect(time.waits()).toEqual([]);
    expect(t.model.calls).toHaveLength(1);
  });

  it('is told of again when the switch is turned off while it runs', async () => {
    await using t = await createDiscordTest({
      model: answering(),
      discord: { applicationFlags: MESSAGE_CONTENT_FLAG },
    });
    expect(t.bot.state().state).toBe('connected');

    t.discord.state.isSwitchedOn = false;
    t.discord.gateway.closeAll(4014);
    await expect.poll(() => t.bot.state().state).toBe('degraded');
    t.discord.say(`${t.discord.mention} hi`);
    await t.discord.until(() => t.discord.shown().some(isDone));
  });
});

describe('a bot without Message Content', () => {
  it('is connected as the docs say, and reads along soon after it is allowed', async () => {
    const time = createTime();
    await using t = await createDiscordTest({ model: answering(), bot: { connectAfter: time.after } });
    expect(t.bot.state()).toMatchObject({
      state: 'connected',
      detail: expect.stringContaining('Message Content Intent is off'),
    });

    t.discord.state.applicationFlags = MESSAGE_CONTENT_FLAG;
    time.pass();
    await expect.poll(() => t.bot.state().detail).not.toContain('Message Content');
    expect(t.bot.state()).toEqual({ state: 'connected', detail: 'connected as bot, in 1 server' });
  });
});

describe('Discord that closes a connection for good', () => {
  it.each([
    [4004, /does not accept DISCORD_TOKEN/],
    [4010, /divided \(code 4010\)/],
    [4011, /more connections .*\(code 4011\)/],
    [4012, /Upgrade Parley/],
    [4013, /Upgrade Parley/],
    [4014, /refuses what this bot wants to hear/],
  ])('with code %i is told of in words, and looked at again', async (code, words) => {
    const time = createTime();
    await using discord = await createFakeDiscord({ refusal: code });
    await using t = await createDiscordTest({ at: discord, model: answering(), bot: { connectAfter: time.after } });
    expect(t.bot.state()).toEqual({ state: 'failed', detail: expect.stringMatching(words) });
    time.pass();
    await expect.poll(() => time.waits()).toEqual([20_000]);
    expect(t.bot.state().state).toBe('failed');
    expect(t.logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);

    discord.state.refusal = null;
    time.pass();
    await expect.poll(() => t.bot.state().state).toBe('connected');
    discord.say(`${discord.mention} hi`);
    await discord.until(() => discord.shown().some(isDone));
  });

  it('in the middle of its work is told of, too', async () => {
    await using t = await createDiscordTest({ model: answering() });

    t.discord.gateway.closeAll(4004);
    await expect.poll(() => t.bot.state().state).toBe('failed');

    expect(t.bot.state().detail).toContain('DISCORD_TOKEN');
  });
});
