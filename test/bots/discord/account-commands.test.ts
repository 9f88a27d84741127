import { describe, expect, it } from 'vitest';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createDiscordTest, isDone } from './discord-harness.ts';

type Test = Awaited<ReturnType<typeof createDiscordTest>>;
type Interaction = ReturnType<Test['discord']['command']>;

const answering = () => ({ model: createScriptedModel({ reply: () => 'Hello!' }) });

const shown = (t: Test, interaction: Interaction, matching = (content: string) => content !== '') =>
  t.discord.until(() => t.discord.answers(interaction).find(({ content }) => matching(content)));

async function ask(t: Test, question: string) {
  const interaction = t.discord.command('ask', { values: { question } });
  await t.discord.until(() => isDone(t.discord.answers(interaction)[0]));
}

/** Somebody who has asked in Discord and Slack, and is one person. */
async function createLinked(t: Test) {
  await ask(t, 'first');
  await ask(t, 'second');
  const user = await t.db('users').first('id');
  await t.db('identities').insert({
    id: '00000000-0000-4000-8000-000000000001',
    user_id: user.id,
    platform: 'slack',
    platform_user_id: 'T1:U1',
    display_name: 'Ada *L*',
  });
  await t.app.sessions.create({ userId: user.id, platform: 'slack', space: 'slack:T1' });
  return user.id as string;
}

describe('/account', () => {
  it('says who one is here, what is linked and what it took, to nobody else', async () => {
    await using t = await createDiscordTest(answering());
    await createLinked(t);

    const reply = await shown(t, t.discord.command('account'));

    expect(reply.isEphemeral).toBe(true);
    expect(reply.content).toContain('Slack (Ada \\*L\\*)');
    expect(reply.content).toContain('- Chats: Discord 1, Slack 1');
    expect(reply.content).toContain('- This month: 4 tokens\n');
    expect(reply.content).toContain('https://parley.example/account');
    expect(t.discord.violations).toEqual([]);
  });

  it('makes no person of somebody who only asks who they are', async () => {
    await using t = await createDiscordTest(answering());

    const reply = await shown(t, t.discord.command('account'));

    expect(reply.content).toContain('I know nothing about you');
    expect(await t.db('users')).toEqual([]);
  });
});

describe('/forget', () => {
  it('says what would be gone and where to save it, erases it all, and says when that is done', async () => {
    await using t = await createDiscordTest(answering());
    const userId = await createLinked(t);

    const question = await shown(t, t.discord.command('forget'));
    const asked = question.content;
    t.discord.press(question, 'Erase everything');
    await t.discord.until(() => question.content.startsWith('Done.'));

    expect(question.isEphemeral).toBe(true);
    expect(asked).toContain('- Discord: 1 chat, 2 messages and the answers');
    expect(asked).toContain('- Slack: 1 chat, 0 messages and the answers');
    expect(asked).toContain('first export your data: https://parley.example/account');
    expect(question.components).toEqual([]);
    expect(await t.app.users.find(userId)).toBeNull();
    for (const table of ['messages', 'sessions', 'turns', 'identities']) expect(await t.db(table)).toEqual([]);
    expect(t.discord.violations).toEqual([]);
  });

  it('erases nothing when one thinks better of it', async () => {
    await using t = await createDiscordTest(answering());
    const userId = await createLinked(t);

    const question = await shown(t, t.discord.command('forget'));
    t.discord.press(question, 'Cancel');
    await t.discord.until(() => question.content === 'Nothing was erased.');

    expect(await t.app.users.find(userId)).not.toBeNull();
    expect(t.discord.violations).toEqual([]);
  });

  it('erases nobody by a button that was made for somebody else', async () => {
    await using t = await createDiscordTest(answering());
    const userId = await createLinked(t);
    const mallory = { userId: '666' };
    await shown(t, t.discord.command('ask', { values: { question: 'hi' }, ...mallory }), (text) => text === 'Hello!');

    const question = await shown(t, t.discord.command('forget'));
    const pressed = t.discord.pressId(question, `erase:${userId}`, mallory);
    const refusal = await shown(t, pressed, (content) => content.includes('made for somebody else'));

    expect(refusal.isEphemeral).toBe(true);
    expect(await t.db('users')).toHaveLength(2);
  });

  it('does not erase by a forged button of somebody who was never seen', async () => {
    await using t = await createDiscordTest(answering());
    const userId = await createLinked(t);

    const question = await shown(t, t.discord.command('forget'));
    const pressed = t.discord.pressId(question, `erase:${userId}`, { userId: '777' });
    await shown(t, pressed, (content) => content.includes('made for somebody else'));

    expect(await t.app.users.find(userId)).not.toBeNull();
  });

  it('meets who writes again as somebody new', async () => {
    await using t = await createDiscordTest(answering());
    const userId = await createLinked(t);
    const question = await shown(t, t.discord.command('forget'));
    t.discord.press(question, 'Erase everything');
    await t.discord.until(() => question.content.startsWith('Done.'));

    await ask(t, 'do you know me?');

    expect(t.model.calls.at(-1)?.request.messages).toEqual([{ role: 'user', content: 'do you know me?' }]);
    expect((await t.db('users').first('id')).id).not.toBe(userId);
  });
});
