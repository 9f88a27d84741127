import { describe, expect, it } from 'vitest';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createDiscordTest, isDone } from './discord-harness.ts';

type Test = Awaited<ReturnType<typeof createDiscordTest>>;
type Asked = Parameters<Test['discord']['command']>[1];

async function answerTo(t: Test, interaction: ReturnType<Test['discord']['command']>, matching = (_: string) => true) {
  return t.discord.until(() =>
    t.discord.answers(interaction).find(({ content }) => content !== '' && matching(content)),
  );
}

async function ask(t: Test, question: string, asked: Asked = {}) {
  const interaction = t.discord.command('ask', { values: { question, ...asked.values }, ...asked });
  await t.discord.until(() => isDone(t.discord.answers(interaction)[0]));
}

/** Somebody has asked in private, and wants to go on in the channel. */
async function createPrivateChat() {
  const t = await createDiscordTest({ model: createScriptedModel({ reply: () => 'Hello!' }) });
  await ask(t, 'my salary', { values: { question: 'my salary', private: true } });
  const [{ id: chat }] = await t.db('sessions').select('id');
  const continued = t.discord.command('chat', { subcommand: 'continue', values: { chat } });
  const asking = await answerTo(t, continued);
  const lastHeard = () => t.model.calls.at(-1)?.request.messages.filter(({ role }) => role === 'user');
  return { t, chat, asking, lastHeard };
}

describe('a chat that was held in private', () => {
  it('goes on in a channel only after its person has agreed, in a message that they alone see', async () => {
    const { t: test, asking, lastHeard } = await createPrivateChat();
    await using t = test;
    const before = asking.content;

    await ask(t, 'is that much?');
    const unconfirmed = lastHeard();
    const pressed = t.discord.press(asking, 'Continue here anyway');
    await t.discord.until(() => asking.content.startsWith('Going on with'));
    await ask(t, 'and now?');

    expect(before).toContain('**my salary** was said in private');
    expect([asking.isEphemeral, pressed.response]).toEqual([true, 6]);
    expect(asking.components).toEqual([]);
    expect(unconfirmed).toEqual([{ role: 'user', content: 'is that much?' }]);
    expect(lastHeard()?.map(({ content }) => content)).toEqual(['my salary', 'and now?']);
    expect(t.discord.violations).toEqual([]);
  });

  it('can be kept private instead', async () => {
    const { t: test, asking, lastHeard } = await createPrivateChat();
    await using t = test;

    t.discord.press(asking, 'Keep it private');
    await t.discord.until(() => asking.content.startsWith('Going on with'));
    await ask(t, 'in public');
    const inPublic = lastHeard();
    await ask(t, 'in private', { values: { question: 'in private', private: true } });

    expect(asking.content).toContain('`private: True`');
    expect(inPublic?.map(({ content }) => content)).toEqual(['in public']);
    expect(lastHeard()?.map(({ content }) => content)).toEqual(['my salary', 'in private']);
    expect(t.discord.violations).toEqual([]);
  });

  it('is nobody else’s to agree for, with whatever button', async () => {
    const { t: test, chat, asking } = await createPrivateChat();
    await using t = test;

    const pressed = t.discord.pressId(asking, `carry:${chat}.999999`, { userId: '666' });
    const refusal = await answerTo(t, pressed, (content) => content !== asking.content);
    const forged = t.discord.pressId(asking, `carry:${chat}`);
    const outdated = await answerTo(t, forged, (content) => content !== asking.content);

    expect(refusal.content).toContain('That chat does not exist any more');
    expect(outdated.content).toContain('I do not know that any more');
    expect((await t.db('conversations').whereNotNull('carries_up_to')).length).toBe(0);
  });

  it('is offered with where it began and goes on without a question in private', async () => {
    const { t: test, chat } = await createPrivateChat();
    await using t = test;

    const typing = t.discord.complete('chat', 'continue', 'chat', 'sal');
    await t.discord.until(() => typing.choices.length > 0);
    const continued = t.discord.command('chat', { subcommand: 'continue', values: { chat, private: true } });
    const reply = await answerTo(t, continued);

    expect(typing.choices[0]?.name).toBe('my salary · Discord · just now');
    expect(reply.content).toBe('Going on with **my salary**. Ask away.');
    expect(t.discord.violations).toEqual([]);
  });
});
