import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BOT_USER } from '../../support/fake-slack-workspace.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestSlack } from '../../support/test-slack.ts';

type Test = Awaited<ReturnType<typeof createTestSlack>>;

const answering = () => createTestSlack({ model: createScriptedModel({ reply: () => 'Yes.' }) });
const isFinal = (shown: { blocks: object[] }) => JSON.stringify(shown.blocks).includes('retry_answer');

async function ask(t: Test, question: string, asked: Parameters<Test['slack']['command']>[1] = {}) {
  const before = t.slack.replies.filter(isFinal).length;
  await t.slack.command(question, asked);
  await t.slack.until(() => t.slack.replies.filter(isFinal).length > before);
}

/** What was whispered last, once there is something new. */
async function whispered(t: Test, work: () => Promise<unknown>) {
  const before = t.slack.replies.length;
  await work();
  await t.slack.until(() => t.slack.replies.length > before);
  const reply = t.slack.replies.at(-1)!;
  return { ...reply, all: JSON.stringify(reply.blocks) };
}

const lastHeard = (t: Test) =>
  t.model.calls
    .at(-1)
    ?.request.messages.filter(({ role }) => role === 'user')
    .map(({ content }) => content);

async function sessionOf(t: Test): Promise<string> {
  return (await t.db('sessions').orderBy('created_at').first('id')).id;
}

describe('/ask chats', () => {
  it('shows chats from every platform with where they began, to their person alone', async () => {
    await using t = await answering();
    await ask(t, 'my salary');
    const { user_id } = await t.db('sessions').first('user_id');
    await t.app.sessions.create({ userId: user_id, platform: 'discord', space: null, title: 'From <Discord>' });

    const list = await whispered(t, () => t.slack.command('chats'));
    const others = await whispered(t, () => t.slack.command('chats', { user: 'U2' }));

    expect(list.isForAll).toBe(false);
    expect(list.all).toContain('*my salary*\\n<!date^');
    expect(list.all).toMatch(/\*From &lt;Discord&gt;\*\\n<!date\^[^>]+> · Discord · 0 messages/);
    expect(others.shown).toBe('You have no chats yet. Ask me something with `/ask`.');
    expect(t.slack.violations).toEqual([]);
  });

  it('goes on with one for its person alone, without a question', async () => {
    await using t = await answering();
    await ask(t, 'my salary', { channel: 'C1' });

    const pressed = () => t.slack.press({ action_id: 'resume_chat', value: randomUUID() }, { channel: 'C2' });
    const value = await sessionOf(t);
    const reply = await whispered(t, () => t.slack.press({ action_id: 'resume_chat', value }, { channel: 'C2' }));
    await ask(t, 'is that much?', { channel: 'C2' });

    expect(reply.shown).toContain('We go on with “my salary”.');
    expect(lastHeard(t)?.map((text) => text.replace(/^U1: /, ''))).toEqual(['my salary', 'is that much?']);
    expect((await whispered(t, pressed)).shown).toContain('That chat does not exist any more');
  });

  it('opens a thread with private words only after its person has agreed', async () => {
    await using t = await answering();
    await ask(t, 'my salary');
    const value = await sessionOf(t);

    await t.slack.press({ action_id: 'resume_chat_in_thread', value });
    await t.slack.until(() => t.slack.callsOf('views.open').length === 1);
    const unconfirmed = t.slack.messages.length;
    const view = t.slack.callsOf('views.open')[0]?.args.view as { callback_id: string; private_metadata: string };
    await t.slack.submit(view, {});
    await t.slack.until(() => t.slack.messages.length === 1);
    const [opened] = t.slack.messages;
    await expect.poll(() => t.db('conversations').where({ kind: 'thread' })).toHaveLength(1);
    await t.slack.say(`<@${BOT_USER}> is that much?`, { channel: 'C1', user: 'U2', threadTs: opened!.ts });
    await t.slack.until(() => t.model.calls.length === 2);

    expect(unconfirmed).toBe(0);
    expect(opened?.shown).toContain('goes on with an earlier chat here');
    expect(opened?.shown).not.toContain('salary');
    expect(lastHeard(t)?.[0]).toContain('my salary');
    expect(t.slack.violations).toEqual([]);
  });

  it('opens none with somebody else’s chat, whatever is sent', async () => {
    await using t = await answering();
    await ask(t, 'my salary');
    const sessionId = await sessionOf(t);
    const metadata = { sessionId, channel: 'C1', responseUrl: '', upTo: 9e9 };

    const refusal = await whispered(t, () =>
      t.slack.press({ action_id: 'resume_chat_in_thread', value: sessionId }, { user: 'U2' }),
    );
    await t.slack.submit({ callback_id: 'carry_private_words', private_metadata: JSON.stringify(metadata) }, {}, 'U2');
    await ask(t, 'still there?', { user: 'U2' });

    expect(refusal.shown).toContain('That chat does not exist any more');
    expect(t.slack.callsOf('views.open')).toEqual([]);
    expect(t.slack.messages).toEqual([]);
    expect(await t.db('conversations').where({ kind: 'thread' })).toEqual([]);
  });

  it('says so where it cannot write in the channel', async () => {
    await using t = await answering();
    const user = await t.app.users.findOrCreate({ platform: 'slack', platformUserId: 'T1:U1', displayName: 'Ada' });
    const session = await t.app.sessions.create({ userId: user.id, platform: 'web', space: null });
    t.slack.failNext('chat.postMessage', { error: 'not_in_channel' });

    const reply = await whispered(t, () => t.slack.press({ action_id: 'resume_chat_in_thread', value: session.id }));

    expect(reply.shown).toContain('Invite me with `/invite` first');
  });

  it('followed by words finds what was said', async () => {
    await using t = await answering();
    await ask(t, 'When does the ferry leave?');

    const found = await whispered(t, () => t.slack.command('chats ferry leave'));
    const nothing = await whispered(t, () => t.slack.command('chats ferry train'));
    const others = await whispered(t, () => t.slack.command('chats ferry', { user: 'U2' }));

    expect(found.all).toContain('You: When does the ferry leave?');
    expect(found.all).toContain('"resume_chat"');
    expect([nothing.shown, others.shown]).toEqual(Array(2).fill('I found nothing with these words in your chats.'));
    expect(t.slack.violations).toEqual([]);
  });
});

describe('/account', () => {
  it.each([
    ['/ask', 'account'],
    ['/account', ''],
  ])('as %s %s says who one is here', async (command, text) => {
    await using t = await answering();
    await ask(t, 'hello there');

    const reply = await whispered(t, () => t.slack.command(text, { more: { command } }));

    expect(reply.isForAll).toBe(false);
    expect(reply.shown).toContain('- Linked: Slack (');
    expect(reply.shown).toContain('- Chats: Slack 1');
    expect(reply.shown).toContain('https://parley.example/account');
    expect(t.slack.violations).toEqual([]);
  });

  it('leaves a question that begins like it a question', async () => {
    await using t = await answering();

    await ask(t, 'account settings are where?');

    expect(lastHeard(t)?.[0]).toContain('account settings are where?');
  });
});

describe('/forget', () => {
  it('says what would be gone, erases it all after two yeses, and says when that is done', async () => {
    await using t = await answering();
    await ask(t, 'my salary');
    const { user_id: value } = await t.db('sessions').first('user_id');

    const question = await whispered(t, () => t.slack.command('', { more: { command: '/forget' } }));
    const done = await whispered(t, () => t.slack.press({ action_id: 'erase_everything', value }));

    expect(question.shown).toContain('- Slack: 1 chat, 1 message and the answers');
    expect(question.shown).toContain('first export your data: https://parley.example/account');
    expect(question.all).toContain('This cannot be undone.');
    expect(done.shown).toContain('Done. All you said to me');
    for (const table of ['users', 'messages', 'sessions', 'identities']) expect(await t.db(table)).toEqual([]);
    expect(t.slack.violations).toEqual([]);
  });

  it('erases nothing on "Cancel", nor by a button made for somebody else', async () => {
    await using t = await answering();
    await ask(t, 'my salary');
    const { user_id: value } = await t.db('sessions').first('user_id');

    const kept = await whispered(t, () => t.slack.press({ action_id: 'erase_nothing', value }));
    const refused = await whispered(t, () => t.slack.press({ action_id: 'erase_everything', value }, { user: 'U2' }));

    expect(kept.shown).toBe('Nothing was erased.');
    expect(refused.shown).toContain('not for you');
    expect(await t.app.users.find(value)).not.toBeNull();
  });

  it('makes no person of somebody who was never seen', async () => {
    await using t = await answering();

    const reply = await whispered(t, () => t.slack.command('forget'));

    expect(reply.shown).toContain('I know nothing about you');
    expect(await t.db('users')).toEqual([]);
  });
});

describe('/wallet', () => {
  it.each([
    ['/ask', 'wallet'],
    ['/wallet', ''],
  ])('as %s %s says what one can spend, to nobody else', async (command, text) => {
    await using t = await answering();
    await ask(t, 'hello there');
    const { id: userId } = await t.db('users').first('id');
    await t.app.wallets.credit({ userId, amountMicros: 1_250_000, kind: 'credit', from: 'operator', key: 'k' });

    const reply = await whispered(t, () => t.slack.command(text, { more: { command } }));

    expect(reply.isForAll).toBe(false);
    expect(reply.shown).toContain('Your balance is');
    expect(reply.shown).toContain('$1.25');
    expect(t.slack.violations).toEqual([]);
  });
});

describe('"Why?" under an answer', () => {
  it('tells its asker what it took and who paid', async () => {
    await using t = await answering();
    await ask(t, 'hello there');
    const { id } = await t.db('messages').where({ role: 'assistant' }).first('id');

    const why = await whispered(t, () => t.slack.press({ action_id: 'why_answer', value: id }));
    const others = await whispered(t, () => t.slack.press({ action_id: 'why_answer', value: id }, { user: 'U2' }));

    expect(why.isForAll).toBe(false);
    expect(why.shown).toContain('Written by: scripted');
    expect(why.shown).toContain('paid by whoever runs this assistant');
    expect(others.shown).not.toContain('paid by');
    expect(t.slack.violations).toEqual([]);
  });
});
