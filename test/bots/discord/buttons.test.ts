import { describe, expect, it } from 'vitest';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createDiscordTest } from './discord-harness.ts';

type Test = Awaited<ReturnType<typeof createDiscordTest>>;

const hasButton = (label: string) => (message: { components: { components: { label: string }[] }[] }) =>
  message.components.some(({ components }) => components.some((button) => button.label === label));

const answering = (answer = 'Hello!') => ({ model: createScriptedModel({ reply: () => answer }) });

/** A finished answer to somebody's mention. */
async function answered(t: Test, question = 'hi') {
  t.discord.say(`${t.discord.mention} ${question}`);
  return t.discord.until(() => t.discord.shown().find(hasButton('👍')));
}

describe('the buttons under an answer', () => {
  it('stop it where it is, for the one who asked', async () => {
    await using t = await createDiscordTest();
    t.discord.say(`${t.discord.mention} hi`);
    (await t.model.call(0)).say('As I was saying');
    const message = await t.discord.until(() => t.discord.shown().find(({ content }) => content === 'As I was saying'));

    const pressed = t.discord.press(message, 'Stop');
    await t.discord.until(() => hasButton('👍')(message));

    expect(pressed.response).toBe(6);
    expect(message.content).toBe('As I was saying\n-# The answer ends here: it was stopped, or it broke off.');
    expect(t.discord.violations).toEqual([]);
  });

  it.each(['Stop', 'Retry', 'Continue in a thread'])('do not let somebody else press "%s"', async (label) => {
    await using t = await createDiscordTest();
    t.discord.say(`${t.discord.mention} hi`);
    const call = await t.model.call(0);
    call.say('As I was saying');
    if (label !== 'Stop') call.finish();
    const message = await t.discord.until(() => t.discord.shown().find(hasButton(label)));

    const pressed = t.discord.press(message, label, { userId: '666' });
    const refusal = await t.discord.until(() => t.discord.answers(pressed).find(({ isEphemeral }) => isEphemeral));

    expect(refusal.content).toBe('Only the person who asked can do that.');
    expect(call.signal.aborted).toBe(false);
    expect(t.model.calls).toHaveLength(1);
    expect(t.discord.violations).toEqual([]);
  });

  it('answer once more in the same message, and forget the first answer', async () => {
    let count = 0;
    await using t = await createDiscordTest({ model: createScriptedModel({ reply: () => `Answer ${++count}` }) });
    const message = await answered(t);

    t.discord.press(message, 'Retry');
    await t.discord.until(() => message.content === 'Answer 2' && hasButton('👍')(message));

    expect(t.discord.shown()).toHaveLength(1);
    expect(t.model.calls[1]?.request.messages).toEqual([{ role: 'user', content: 'hi' }]);
    expect(t.discord.violations).toEqual([]);
  });

  it('answer once more in one message, where the first answer took several', async () => {
    const answers = [`${'word '.repeat(900)}`, 'Short.'];
    await using t = await createDiscordTest({ model: createScriptedModel({ reply: () => answers.shift() ?? '' }) });
    const message = await answered(t);
    expect(t.discord.shown().length).toBeGreaterThan(2);

    t.discord.press(message, 'Retry');
    await t.discord.until(() => message.content === 'Short.' && t.discord.shown().length === 1);

    expect(t.discord.violations).toEqual([]);
  });

  it('answer once more in one private message, where the first answer took several', async () => {
    const answers = [`${'word '.repeat(900)}`, 'Short.'];
    await using t = await createDiscordTest({ model: createScriptedModel({ reply: () => answers.shift() ?? '' }) });
    const asked = t.discord.command('ask', { values: { question: 'hi', private: true } });
    const message = await t.discord.until(() => t.discord.answers(asked).find(hasButton('👍')));
    expect(t.discord.shown().length).toBeGreaterThan(2);

    t.discord.press(message, 'Retry');
    await t.discord.until(() => message.content === 'Short.' && t.discord.shown().length === 1);

    expect(t.discord.violations).toEqual([]);
  });

  it('take a rating from anybody, and a reason with a bad one', async () => {
    await using t = await createDiscordTest(answering());
    const message = await answered(t);

    const up = t.discord.press(message, '👍', { userId: '502' });
    await t.discord.until(() => t.discord.answers(up).find(({ content }) => content.startsWith('Thank you')));
    const down = t.discord.press(message, '👎', { userId: '503' });
    await t.discord.until(() => down.modal);
    const reason = t.discord.submit(down, { text: 'It is out of date.' });
    await t.discord.until(() => t.discord.answers(reason).find(({ content }) => content.startsWith('Thank you')));

    const given = await t.db('feedback').orderBy('rating').select('rating', 'reason');
    expect(given).toEqual([
      { rating: 'down', reason: 'It is out of date.' },
      { rating: 'up', reason: null },
    ]);
    expect(t.discord.violations).toEqual([]);
  });

  it('ask a follow-up question in the same chat', async () => {
    await using t = await createDiscordTest(answering());
    const asked = t.discord.command('ask', { values: { question: 'first' } });
    const message = await t.discord.until(() => t.discord.answers(asked).find(hasButton('👍')));

    const opened = t.discord.press(message, 'Follow up');
    await t.discord.until(() => opened.modal);
    const followUp = t.discord.submit(opened, { text: 'second' });
    await t.discord.until(() => t.discord.answers(followUp).find(hasButton('👍')));

    expect(t.model.calls[1]?.request.messages.map(({ content }) => content)).toEqual(['first', 'Hello!', 'second']);
    expect(t.discord.violations).toEqual([]);
  });

  it('ask a follow-up to a private answer in private', async () => {
    await using t = await createDiscordTest(answering());
    const asked = t.discord.command('ask', { values: { question: 'first', private: true } });
    const message = await t.discord.until(() => t.discord.answers(asked).find(hasButton('👍')));

    const opened = t.discord.press(message, 'Follow up');
    await t.discord.until(() => opened.modal);
    const followUp = t.discord.submit(opened, { text: 'second' });
    await t.discord.until(() => t.discord.answers(followUp).find(hasButton('👍')));

    expect(followUp.isEphemeral).toBe(true);
    expect(hasButton('Continue in a thread')(message)).toBe(false);
    expect(t.model.calls[1]?.request.messages).toHaveLength(3);
  });

  it('go on in a thread that is named after the question, several people told apart', async () => {
    await using t = await createDiscordTest(answering());
    const question = `How do I ${'really '.repeat(20)}do it?`;
    const message = await answered(t, question);

    t.discord.press(message, 'Continue in a thread');
    const thread = await t.discord.until(() => [...t.discord.state.channels.values()].find(({ type }) => type === 11));
    await t.discord.until(() => t.discord.shown(thread.id)[0]);
    t.discord.say(`${t.discord.mention} I too want to know`, { channelId: thread.id, userId: '502' });
    await t.discord.until(() => t.discord.shown(thread.id).find(hasButton('👍')));

    expect(thread.name.length).toBeLessThanOrEqual(100);
    expect(question.startsWith(thread.name.replace(' …', ''))).toBe(true);
    const messages = t.model.calls[1]?.request.messages.map(({ content }) => content);
    expect(messages).toHaveLength(3);
    expect(messages?.at(-1)).toContain('I too want to know');
    expect(hasButton('Continue in a thread')(t.discord.shown(thread.id).at(-1)!)).toBe(false);
    expect(t.discord.violations).toEqual([]);
  });

  it.each(['stop:not-an-id', 'retry:', 'drop:00000000-0000-4000-8000-000000000000', 'up:1:2', ''])(
    'do nothing when Discord sends something else than this bot made: %s',
    async (customId) => {
      await using t = await createDiscordTest(answering());
      const message = await answered(t);

      const pressed = t.discord.pressId(message, customId);
      const [reply] = await t.discord.until(() => pressed.response === 4 && t.discord.answers(pressed));

      expect(reply?.content).toContain('I do not know that any more');
      expect(pressed.isEphemeral).toBe(true);
    },
  );

  it('say so when the answer is gone', async () => {
    await using t = await createDiscordTest(answering());
    const message = await answered(t);
    await t.db('sessions').delete();

    const pressed = t.discord.press(message, 'Retry');
    const reply = await t.discord.until(() => t.discord.answers(pressed).find(({ isEphemeral }) => isEphemeral));

    expect(reply.content).toBe('That does not exist any more.');
  });
});
