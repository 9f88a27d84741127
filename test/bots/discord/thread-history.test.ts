import { describe, expect, it } from 'vitest';
import { MESSAGE_CONTENT_FLAG } from '../../support/fake-discord.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createDiscordTest, isDone } from './discord-harness.ts';

async function createThread(options: { hidesHistory?: boolean; type?: number; mayRead?: boolean } = {}) {
  const { hidesHistory = false, type = 11, mayRead = true } = options;
  const t = await createDiscordTest({
    model: createScriptedModel({ reply: () => 'You talked about cheese.' }),
    discord: { applicationFlags: mayRead ? MESSAGE_CONTENT_FLAG : 0 },
  });
  const parent = t.discord.addChannel({ name: 'plans', hidesHistory });
  const thread = t.discord.addChannel({ type, parentId: parent.id, ownerId: '502' });
  return {
    ...t,
    thread,
    async ask(content: string, channelId = thread.id): Promise<{ system: string; question: string | undefined }> {
      const before = t.discord.shown(channelId).filter(isDone).length;
      t.discord.say(`${t.discord.mention} ${content}`, { channelId });
      await t.discord.until(() => t.discord.shown(channelId).filter(isDone).length > before);
      const request = t.model.calls.at(-1)?.request;
      return { system: request?.system ?? '', question: request?.messages.at(-1)?.content };
    },
    [Symbol.asyncDispose]: t[Symbol.asyncDispose],
  };
}

const remarks = (system: string) => [...system.matchAll(/^- (User \d+) \([^)]*\): (.*)$/gm)].map((found) => found[2]);

describe('a mention in a Discord thread', () => {
  it.each([
    ['an open thread', 11],
    ['a private thread', 12],
  ])('knows what was said before in %s, and only there', async (_what, type) => {
    await using t = await createThread({ type });
    t.discord.say('In another channel.', { userId: '503' });
    for (let n = 0; n < 60; n += 1) {
      t.discord.say(`Remark ${n}`, { channelId: t.thread.id, userId: n % 2 ? '502' : '503' });
    }
    t.discord.say('', {
      channelId: t.thread.id,
      userId: '502',
      more: { embeds: [{ type: 'rich', title: 'A chart' }] },
    });

    const { system, question } = await t.ask('Sum up this thread.');

    expect(remarks(system)).toEqual([...Array.from({ length: 60 }, (_, n) => `Remark ${n}`), 'A chart']);
    expect(system).not.toContain('could not be read');
    expect(system).not.toContain('In another channel');
    expect(question).toBe('User 501: Sum up this thread.');
    expect(JSON.stringify(await t.db('messages').select('content'))).not.toContain('Remark');
    expect(t.discord.violations).toEqual([]);
  });

  it('knows its own answers and their questions from the conversation, not twice', async () => {
    await using t = await createThread();
    t.discord.say('Cheddar!', { channelId: t.thread.id, userId: '502' });
    await t.ask('What is it about?');

    const { system } = await t.ask('And now?');

    expect(remarks(system)).toEqual(['Cheddar!']);
    expect(t.model.calls.at(-1)?.request.messages).toHaveLength(3);
  });

  it('is told of the latest 200 messages in two requests, and that there is more', async () => {
    await using t = await createThread();
    for (let n = 0; n < 250; n += 1) t.discord.say(`R${n}`, { channelId: t.thread.id, userId: '502' });

    const { system } = await t.ask('Sum up this thread.');

    expect(remarks(system)).toHaveLength(200);
    expect(remarks(system).at(0)).toBe('R50');
    expect(system).toContain('could not be read');
    expect(
      t.discord.state.requests.filter(({ method, path }) => method === 'GET' && /messages$/.test(path)),
    ).toHaveLength(2);
  });

  it.each([
    ['the bot may not read message history', { hidesHistory: true }],
    ['Message Content is off', { mayRead: false }],
  ])('is answered, and the model knows that something is missing, where %s', async (_what, options) => {
    await using t = await createThread(options);
    t.discord.say('Cheddar!', { channelId: t.thread.id, userId: '502' });

    const { system } = await t.ask('Sum up this thread.');

    expect(system).not.toContain('Cheddar!');
    expect(system).toContain('could not be read');
    expect(t.logger.lines.filter(({ message }) => message.includes('Read Message History'))).toHaveLength(
      'hidesHistory' in options ? 1 : 0,
    );
  });

  it('is answered when Discord does not give the history', async () => {
    await using t = await createThread();
    t.discord.state.nextFailures.push({ pattern: /^GET .*messages$/, status: 403, body: { code: 50_001 } });

    const { system } = await t.ask('Sum up this thread.');

    expect(system).toContain('could not be read');
  });

  it('in a channel is told of nothing else', async () => {
    await using t = await createThread();
    t.discord.say('Lunch?', { userId: '502' });

    const { system } = await t.ask('hi', t.discord.channelId);

    expect(system).not.toContain('Lunch?');
    expect(system).not.toContain('could not be read');
  });
});

describe('/ask in a Discord thread', () => {
  it('knows what was said before, too, in private with what was answered for all to see', async () => {
    await using t = await createThread();
    t.discord.say('Cheddar!', { channelId: t.thread.id, userId: '502' });
    await t.ask('What is it about?');

    const values = { question: 'Sum up this thread.', private: true };
    const asked = t.discord.command('ask', { values, channelId: t.thread.id });
    await t.discord.until(() => isDone(t.discord.answers(asked)[0]));

    const system = t.model.calls.at(-1)?.request.system ?? '';
    expect(system).toContain('Cheddar!');
    expect(system).toContain('You talked about cheese.');
  });
});
