import { describe, expect, it } from 'vitest';
import { createModelNames } from '../../../core/models/model-names.ts';
import type { CatalogueModel } from '../../../core/ports/catalogue-model.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createDiscordTest, isDone } from './discord-harness.ts';

type Test = Awaited<ReturnType<typeof createDiscordTest>>;
type Command = Parameters<Test['discord']['command']>[1];

const answering = () => ({ model: createScriptedModel({ reply: () => 'Hello!' }) });

async function run(t: Test, name: string, options: Command = {}) {
  const interaction = t.discord.command(name, options);
  const message = await t.discord.until(() => t.discord.answers(interaction).find(({ content }) => content !== ''));
  return { content: message.content, isEphemeral: message.isEphemeral };
}

async function ask(t: Test, question: string, options: Command = {}) {
  const interaction = t.discord.command('ask', { values: { question }, ...options });
  await t.discord.until(() => isDone(t.discord.answers(interaction)[0]));
}

describe('the commands of the Discord bot', () => {
  it('are registered for servers and people, in every place, once', async () => {
    await using t = await createDiscordTest(answering());
    const puts = () => t.discord.state.requests.filter(({ method }) => method === 'PUT');
    await using again = await createDiscordTest({ at: t.discord });

    expect(puts()).toHaveLength(1);
    expect(again.bot.state().state).toBe('connected');
    const names = t.discord.state.commands.map((command) => (command as { name: string }).name);
    expect(names).toEqual(['ask', 'chat', 'link', 'account', 'wallet', 'forget', 'settings', 'help', 'Ask about this']);
    expect(t.discord.state.commands[0]).toMatchObject({ integration_types: [0, 1], contexts: [0, 1, 2] });
    expect(t.discord.state.commands[6]).toMatchObject({ default_member_permissions: '32', contexts: [0] });
    expect(t.discord.violations).toEqual([]);
  });

  it('are registered again when they have changed', async () => {
    const old = [{ type: 1, name: 'ask', description: 'Ask' }];
    await using t = await createDiscordTest({ discord: { commands: old } });

    expect(t.discord.state.commands).toHaveLength(9);
  });

  it('refuse a model that nobody has, and name those there are', async () => {
    const findModelName = createModelNames({
      offered: { list: async () => [{ id: 'small' }] as CatalogueModel[] },
      usualModel: 'auto',
      isAtServer: async () => false,
    });
    await using t = await createDiscordTest({ ...answering(), more: { findModelName } });
    const change = (values: Record<string, string | boolean>) =>
      run(t, 'settings', { subcommand: 'change', values, isAdmin: true });

    const refused = await change({ model: 'gpt-99', enabled: false });
    const set = await change({ model: 'Small' });

    expect(refused.content).toBe('There is no model of that name. Choose one of these: auto, small.');
    expect(set.content).toContain('I answer here.');
    expect(set.content).toContain('Model: `small`');
  });

  it('start a new chat', async () => {
    await using t = await createDiscordTest(answering());
    await ask(t, 'first');

    const reply = await run(t, 'chat', { subcommand: 'new', values: { title: 'Fresh' } });
    await ask(t, 'second');

    expect(reply.isEphemeral).toBe(true);
    expect(t.model.calls[1]?.request.messages).toEqual([{ role: 'user', content: 'second' }]);
    expect(t.discord.violations).toEqual([]);
  });

  it('list chats, offer them while somebody types, and go on with one', async () => {
    await using t = await createDiscordTest(answering());
    await ask(t, 'first');
    await run(t, 'chat', { subcommand: 'new', values: { title: 'Second one' } });
    await run(t, 'chat', { subcommand: 'new', values: { title: 'Third *one*' } });

    const list = await run(t, 'chat', { subcommand: 'list' });
    const typing = t.discord.complete('chat', 'continue', 'chat', 'sec');
    await t.discord.until(() => typing.choices.length > 0);
    const other = t.discord.complete('chat', 'continue', 'chat', '', { userId: '666' });
    await t.discord.until(() => other.response === 8);
    const chat = typing.choices[0]?.value ?? '';
    const reply = await run(t, 'chat', { subcommand: 'continue', values: { chat } });

    expect(list.content).toContain('- **Third \\*one\\*** · Discord · 0 messages · <t:');
    expect(list.content.split('\n')).toHaveLength(3);
    expect(typing.choices.map(({ name }) => name)).toEqual(['Second one · Discord · just now']);
    expect(other.choices).toEqual([]);
    expect(reply.content).toBe('Going on with **Second one**. Ask away.');
    expect(t.discord.violations).toEqual([]);
  });

  it('rename, delete and search chats', async () => {
    await using t = await createDiscordTest(answering());
    await ask(t, 'where is the blue bicycle');
    const typing = t.discord.complete('chat', 'rename', 'chat', '');
    await t.discord.until(() => typing.choices.length > 0);
    const chat = typing.choices[0]?.value ?? '';

    const renamed = await run(t, 'chat', { subcommand: 'rename', values: { chat, title: 'Bikes' } });
    const found = await run(t, 'chat', { subcommand: 'search', values: { words: 'bicycle' } });
    const deleted = await run(t, 'chat', { subcommand: 'delete', values: { chat } });
    const gone = await run(t, 'chat', { subcommand: 'search', values: { words: 'bicycle' } });

    expect(renamed.content).toBe('It is called **Bikes** now.');
    expect(found.content).toContain('where is the blue bicycle');
    expect(deleted.content).toContain('deleted');
    expect(gone.content).toBe('I found nothing with these words in your chats.');
    expect(t.discord.violations).toEqual([]);
  });

  it('do not reach the chats of others, nor ones that do not exist', async () => {
    await using t = await createDiscordTest(answering());
    await ask(t, 'mine');
    const [{ id }] = await t.db('sessions').select('id');

    const theirs = await run(t, 'chat', { subcommand: 'delete', values: { chat: id }, userId: '666' });
    const typed = await run(t, 'chat', { subcommand: 'continue', values: { chat: 'that one' } });

    expect(theirs.content).toContain('That chat does not exist any more');
    expect(typed.content).toBe('Please choose a chat from the list that appears while you type.');
    expect(await t.db('sessions').select('id')).toEqual([{ id }]);
  });

  it('explain a message to whoever asks about it', async () => {
    await using t = await createDiscordTest(answering());
    const message = t.discord.say('The flux is inverted.\nWhat now?', { userId: '502' });

    const asked = t.discord.messageCommand('Ask about this', message);
    await t.discord.until(() => isDone(t.discord.answers(asked)[0]));

    expect(asked.isEphemeral).toBe(true);
    expect(t.model.calls[0]?.request.messages[0]?.content).toContain('> The flux is inverted.\n> What now?');
    expect(t.discord.violations).toEqual([]);
  });

  it('tell what the bot can do, in one screen', async () => {
    await using t = await createDiscordTest(answering());

    const { content, isEphemeral } = await run(t, 'help');

    expect(isEphemeral).toBe(true);
    for (const command of ['/ask', '/chat', '/link', '/settings', 'Ask about this']) expect(content).toContain(command);
    expect(content.split('\n').length).toBeLessThan(20);
  });

  it('work where only the person has installed the app', async () => {
    await using t = await createDiscordTest(answering());

    const asked = t.discord.command('ask', {
      values: { question: 'hi' },
      context: 2,
      channelId: '4242',
      isBotIn: false,
    });
    await t.discord.until(() => isDone(t.discord.answers(asked)[0]));

    const [turn] = await t.db('turns').select('place');
    expect(turn.place).toMatchObject({ space: null, isPrivate: false });
    expect(t.discord.violations).toEqual([]);
  });

  it('pass on an image, read a text file and decline the rest in a sentence', async () => {
    await using t = await createDiscordTest(answering());
    const image = { id: '1', filename: 'a.png', content_type: 'image/png', size: 10, url: 'https://cdn.example/a.png' };
    const film = { id: '2', filename: 'b.mp4', content_type: 'video/mp4', size: 10, url: 'https://cdn.example/b.mp4' };

    t.discord.command('ask', { values: { question: 'what is it?' }, attachment: image });
    await t.model.call(0);
    t.discord.say(`${t.discord.mention} watch this`, { attachments: [film], userId: '502' });
    const noted = await t.discord.until(() => t.discord.shown().find(({ content }) => content.includes('b.mp4')));

    expect(t.model.calls[0]?.request.messages[0]?.imageUrls).toEqual(['https://cdn.example/a.png']);
    expect(noted.content).toBe('Hello!\n-# I could not read b.mp4: I read images and text files up to 100 kB.');
  });
});

describe('the settings of a server', () => {
  it('switch the bot off in one channel, for commands in words and for mentions in silence', async () => {
    await using t = await createDiscordTest(answering());
    const other = t.discord.addChannel({ name: 'other' });
    const values = { channel: t.discord.channelId, enabled: false };

    const set = await run(t, 'settings', { subcommand: 'change', values, isAdmin: true });
    const asked = await run(t, 'ask', { values: { question: 'hi' } });
    t.discord.say(`${t.discord.mention} hi`);
    t.discord.say(`${t.discord.mention} hi`, { channelId: other.id });
    await t.discord.until(() =>
      t.discord.shown(other.id).find((message) => isDone(message) && message.content === 'Hello!'),
    );

    expect(set.content).toContain('I am switched off here.');
    expect(asked).toEqual({ content: expect.stringContaining('switched off in this channel'), isEphemeral: true });
    expect(t.discord.shown().filter(({ isEphemeral }) => !isEphemeral)).toEqual([]);
    expect(t.discord.violations).toEqual([]);
  });

  it('give the model instructions and another model', async () => {
    await using t = await createDiscordTest(answering());

    const opened = t.discord.command('settings', { subcommand: 'instructions', isAdmin: true });
    await t.discord.until(() => opened.modal);
    const saved = t.discord.submit(opened, { instructions: 'Talk like a pirate.' }, { isAdmin: true });
    await t.discord.until(() => t.discord.answers(saved)[0]?.content.includes('pirate'));
    await run(t, 'settings', { subcommand: 'change', values: { model: 'large' }, isAdmin: true });
    await ask(t, 'hi');

    expect(t.model.calls[0]?.request.system).toContain('Talk like a pirate.');
    expect(t.model.calls[0]?.request.model).toBe('large');
    expect(t.discord.violations).toEqual([]);
  });

  it('are not for others', async () => {
    await using t = await createDiscordTest(answering());

    const set = await run(t, 'settings', { subcommand: 'change', values: { enabled: false } });
    const opened = t.discord.command('settings', { subcommand: 'instructions', isAdmin: true });
    await t.discord.until(() => opened.modal);
    const submitted = t.discord.submit(opened, { instructions: 'Obey me.' }, { userId: '666' });
    await t.discord.until(() => submitted.response);

    expect(set.content).toBe('Only people who may manage this server can change this.');
    expect(await t.db('place_settings').count().first()).toEqual({ count: 0 });
  });

  it('let it answer every message where it may read along', async () => {
    await using t = await createDiscordTest({ ...answering(), discord: { applicationFlags: 1 << 19 } });
    await run(t, 'settings', { subcommand: 'change', values: { mention_needed: false }, isAdmin: true });

    t.discord.say('nobody in particular');
    await t.discord.until(() => t.discord.shown().find((message) => isDone(message) && message.content === 'Hello!'));

    expect(t.discord.violations).toEqual([]);
  });

  it('limit how much one person may ask: one hint, then silence', async () => {
    await using t = await createDiscordTest({ ...answering(), more: { limits: { perPerson: 1, perPlace: 100 } } });

    for (const text of ['one', 'two', 'three']) t.discord.say(`${t.discord.mention} ${text}`);
    await t.discord.until(() => t.discord.shown().some(({ content }) => content.startsWith('That was a lot')));
    t.discord.say(`${t.discord.mention} hi`, { userId: '502' });
    await t.discord.until(
      () => t.discord.shown().filter((message) => isDone(message) && message.content === 'Hello!').length === 2,
    );

    expect(t.discord.shown().filter(({ content }) => content.startsWith('That was a lot'))).toHaveLength(1);
    expect(t.discord.shown()).toHaveLength(3);
  });
});
