import { describe, expect, it } from 'vitest';
import { createFakeDiscord } from '../../support/fake-discord.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { createDiscordTest, isDone } from './discord-harness.ts';

const echoing = () =>
  createScriptedModel({ reply: ({ messages }) => `You asked: ${messages.at(-1)?.content.split('\n')[0]}` });
const contents = (messages: { content: string }[]) => messages.map(({ content }) => content);

describe('a question on Discord that is edited', () => {
  it('is answered anew in the place of its answer, and what changes nothing is ignored', async () => {
    await using t = await createDiscordTest({ model: echoing() });
    const asked = t.discord.say(`${t.discord.mention} one`);
    const answer = await t.discord.until(() => t.discord.shown().find(isDone));
    t.discord.edit(asked, null);

    t.discord.edit(asked, `${t.discord.mention} two`);
    await t.discord.until(() => answer.content === 'You asked: two' && isDone(answer));
    t.discord.edit(asked, `${t.discord.mention} two`);
    t.discord.say(`${t.discord.mention} three`);
    await t.discord.until(() => t.discord.shown().filter(isDone).length === 2);

    expect(contents(t.discord.shown())).toEqual(['You asked: two', 'You asked: three']);
    expect(t.model.calls).toHaveLength(3);
    expect(t.discord.violations).toEqual([]);
  });

  it('while it is being answered is answered in the same message', async () => {
    await using t = await createDiscordTest();
    const asked = t.discord.say(`${t.discord.mention} one`);
    const first = await t.model.call(0);
    first.say('The first answer');
    await t.discord.until(() => t.discord.shown()[0]?.content.includes('The first'));

    t.discord.edit(asked, `${t.discord.mention} two`);
    const second = await t.model.call(1);
    second.say('The second answer.');
    second.finish();
    await t.discord.until(() => t.discord.shown().some(isDone));

    expect(contents(t.discord.shown())).toEqual(['The second answer.']);
    expect(await t.db('messages').where({ role: 'assistant' }).pluck('content')).toEqual(['The second answer.']);
  });

  it('is known after a restart, too', async () => {
    await using database = await createTestDatabase();
    await using discord = await createFakeDiscord();
    const first = await createDiscordTest({ at: discord, database, model: echoing() });
    const asked = discord.say(`${discord.mention} one`);
    await discord.until(() => discord.shown().some(isDone));
    await first.kill();

    await using _second = await createDiscordTest({ at: discord, database, model: echoing() });
    discord.edit(asked, `${discord.mention} two`);
    await discord.until(() => discord.shown().some(({ content }) => content === 'You asked: two'));

    expect(discord.shown()).toHaveLength(1);
  });

  it('is answered where it lacked its words before, and never was one', async () => {
    await using t = await createDiscordTest({ model: echoing() });
    const asked = t.discord.say(t.discord.mention);
    await t.discord.until(() => t.discord.shown().length === 1);

    t.discord.edit(asked, `${t.discord.mention} one`);
    await t.discord.until(() => t.discord.shown().some(isDone));

    expect(t.discord.shown().at(-1)?.content).toBe('You asked: one');
  });
});

describe('an answer on Discord that met its length limit', () => {
  async function cutAnswer(options: { isPrivate?: boolean } = {}) {
    const t = await createDiscordTest();
    const values = { question: 'Tell me all.', private: options.isPrivate ?? false };
    if (options.isPrivate) t.discord.command('ask', { values });
    else t.discord.say(`${t.discord.mention} Tell me all.`);
    const call = await t.model.call(0);
    call.say(`${'A long beginning. '.repeat(150)}\n\n\`\`\`sh\nnpm`);
    call.finish('length');
    const messages = () => t.discord.shown();
    await t.discord.until(() => isDone(messages().at(-1)) || messages().some((one) => hasGoOn(one)));
    return { ...t, messages, [Symbol.asyncDispose]: t[Symbol.asyncDispose] };
  }
  const hasGoOn = (message: { components: { components: { label: string }[] }[] } | undefined) =>
    message?.components.some(({ components }) => components.some(({ label }) => label === 'Go on')) ?? false;

  it.each([
    ['for everybody', false],
    ['for the asker alone', true],
  ])('says so, and goes on in its place when its button is pressed: %s', async (_who, isPrivate) => {
    await using t = await cutAnswer({ isPrivate });
    const last = t.messages().at(-1)!;
    expect(last.content).toMatch(/npm\n```\n-# This answer met its length limit\. Press "Go on"/);

    t.discord.press(last, 'Go on');
    const call = await t.model.call(1);
    call.say(' install');
    call.finish();
    await t.discord.until(() => !hasGoOn(t.messages().at(-1)) && t.messages().some(isDone));

    const all = t.discord
      .shown()
      .map(({ content }) => content)
      .join('\n');
    expect(all).toContain('npm install');
    expect(all.match(/npm/g)).toHaveLength(1);
    expect(all).not.toContain('length limit');
    expect(await t.db('messages').where({ role: 'assistant' })).toHaveLength(1);
    expect(t.discord.violations).toEqual([]);
  });

  it('goes on for nobody but the asker', async () => {
    await using t = await cutAnswer();

    const pressed = t.discord.press(t.messages().at(-1)!, 'Go on', { userId: '502' });
    await t.discord.until(() =>
      t.discord.answers(pressed).some(({ content }) => content.startsWith('Only the person')),
    );

    expect(t.model.calls).toHaveLength(1);
  });
});

describe('an answer that Discord does not take', () => {
  it('ends in a sentence that says where it is', async () => {
    await using t = await createDiscordTest();
    t.discord.say(`${t.discord.mention} one`);
    const call = await t.model.call(0);
    await t.discord.until(() => t.discord.shown().length === 1);
    for (let n = 0; n < 9; n += 1) {
      t.discord.state.nextFailures.push({
        pattern: /^PATCH /,
        status: 400,
        body: { code: 50_035, message: 'Invalid' },
      });
    }
    call.say('An answer.');
    call.finish();

    await t.discord.until(() => t.discord.shown().some(({ content }) => content.startsWith('I have an answer, but')));
  });
});
