import { describe, expect, it } from 'vitest';
import { AppError } from '../../../core/errors.ts';
import { sign } from '../../support/fake-slack-delivery.ts';
import { BOT_USER } from '../../support/fake-slack-workspace.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { retrievalOf } from '../../support/test-app.ts';
import { createTestSlack } from '../../support/test-slack.ts';

const answering = (text: string) => createScriptedModel({ reply: () => text });
const guide = retrievalOf([
  { title: 'The guide', url: 'https://docs.example.com/guide', text: 'Press the red button.' },
]);

describe('a question in a channel', () => {
  it('is answered in the thread by a stream, with its sources and feedback buttons', async () => {
    await using t = await createTestSlack({ model: answering('Press the **red** button [1].'), retrieval: guide });

    const ts = await t.slack.say(`<@${BOT_USER}> how do I start?`, { channel: 'C1' });
    await t.slack.until(() => t.slack.messages.some((message) => !message.isStreaming));

    expect(t.slack.messages).toMatchObject([
      { channel: 'C1', threadTs: ts, wasStreamed: true, shown: 'Press the **red** button [1].' },
    ]);
    const blocks = JSON.stringify(t.slack.messages[0]?.blocks);
    expect(blocks).toContain('[1] <https://docs.example.com/guide|The guide>');
    expect(blocks).toContain('feedback_buttons');
    expect(t.slack.violations).toEqual([]);
  });

  it('tells the model who is speaking in a thread, and goes on with what was said there', async () => {
    await using t = await createTestSlack({ model: answering('Yes.') });
    t.slack.names.set('U1', 'Ada').set('U2', 'Ben');

    const ts = await t.slack.say(`<@${BOT_USER}> is it open?`, { channel: 'C1', user: 'U1' });
    await t.slack.until(() => t.slack.messages.some((message) => !message.isStreaming));
    await t.slack.say(`<@${BOT_USER}> and tomorrow?`, { channel: 'C1', user: 'U2', threadTs: ts });
    await t.slack.until(() => t.slack.messages.filter((message) => !message.isStreaming).length === 2);

    const asked = JSON.stringify(t.model.calls[1]?.request.messages);
    expect(asked).toContain('Ada');
    expect(asked).toContain('Ben');
    expect(asked).toContain('is it open?');
  });

  it('is not answered without a mention, nor twice for the message that comes with a mention', async () => {
    await using t = await createTestSlack({ model: answering('Yes.') });

    await t.slack.say('Who takes the bins out?', { channel: 'C1' });
    await t.slack.say(`<@${BOT_USER}> you?`, { channel: 'C1', more: { type: 'message' } });
    await t.slack.say(`<@${BOT_USER}> you?`, { channel: 'C1' });
    await t.slack.until(() => t.slack.messages.some((message) => !message.isStreaming));

    expect(t.model.calls).toHaveLength(1);
  });

  it.each(['socket', 'http'] as const)(
    'is taken on in the order of writing when several come together, by %s',
    async (mode) => {
      await using t = await createTestSlack({ model: answering('Yes.'), mode });
      const numbers = ['1', '2', '3', '4', '5', '6', '7', '8'];

      await Promise.all(numbers.map((number) => t.slack.say(number, { channel: 'D1' })));
      await t.slack.until(() => t.slack.messages.filter((message) => !message.isStreaming).length === numbers.length);

      const asked = t.db('messages').join('turns', 'turns.id', 'messages.turn_id').where({ role: 'user' });
      expect(await asked.orderBy('turns.position').pluck('content')).toEqual(numbers);
    },
  );

  it('is answered once, however often Slack delivers it', async () => {
    await using t = await createTestSlack({ model: answering('Once.') });
    const deliver = () => t.slack.say('hello?', { channel: 'D1', eventId: 'Ev-same' });

    await Promise.all([deliver(), deliver(), deliver()]);
    await t.slack.until(() => t.slack.messages.some((message) => !message.isStreaming));
    await deliver();

    expect(t.model.calls).toHaveLength(1);
    expect(t.slack.messages).toHaveLength(1);
  });

  it('by another bot or by ourselves is no question', async () => {
    await using t = await createTestSlack({ model: answering('Hello.') });

    await t.slack.say('beep', { more: { bot_id: 'B7' } });
    await t.slack.say('beep', { user: BOT_USER });
    await t.slack.say('beep', { more: { subtype: 'message_changed' } });
    await t.slack.say('hello');
    await t.slack.until(() => t.slack.messages.some((message) => !message.isStreaming));

    expect(t.model.calls).toHaveLength(1);
  });
});

describe('an answer', () => {
  it('of 9,000 characters with code arrives whole', async () => {
    const code = Array.from({ length: 150 }, (_, n) => `const line${n} = '${'x'.repeat(30)}';`).join('\n');
    const long = `Here it is.\n\n\`\`\`ts\n${code}\n\`\`\`\n\n${'That was the code. '.repeat(80)}`.trim();
    await using t = await createTestSlack({ model: answering(long) });

    await t.slack.say('show me');
    await t.slack.until(() => t.slack.messages.some((message) => message.blocks.length > 0 && !message.isStreaming));

    expect(t.slack.messages.map(({ shown }) => shown).join('\n')).toBe(long);
    expect(t.slack.violations).toEqual([]);
  });

  it('that one message cannot hold goes on in the next, with its code block reopened', async () => {
    const code = Array.from({ length: 600 }, (_, n) => `const line${n} = '${'x'.repeat(30)}';`).join('\n');
    await using t = await createTestSlack({ model: answering(`Look:\n\n\`\`\`ts\n${code}\n\`\`\``) });

    await t.slack.say('show me');
    await t.slack.until(() => t.slack.messages.at(-1)?.blocks.some(({ type }) => type === 'actions') === true);

    const shown = t.slack.messages.map((message) => message.shown);
    expect(shown.length).toBeGreaterThan(1);
    for (const part of shown) expect(part.match(/```/g)).toHaveLength(2);
    expect(
      shown
        .join('\n')
        .replace(/```(ts)?/g, '')
        .match(/const line\d+ /g),
    ).toHaveLength(600);
    expect(t.slack.violations).toEqual([]);
  });

  it('cannot notify anybody, also when a mention arrives in pieces', async () => {
    await using t = await createTestSlack();

    await t.slack.say('say hello to everyone');
    const call = await t.model.call(0);
    for (const piece of ['Hi <', '!chan', 'nel> and <!here|here> <@U', '2> <!subteam^S1> @', 'everyone. ', 'Bye'])
      call.say(piece);
    call.finish();
    await t.slack.until(() => t.slack.messages.some((message) => !message.isStreaming));

    expect(t.slack.violations).toEqual([]);
    expect(t.slack.messages[0]?.shown.replaceAll('\u200B', '')).toBe(
      'Hi <!channel> and <!here|here> <@U2> <!subteam^S1> @everyone. Bye',
    );
  });

  it('goes on as an edited message when Slack refuses to stream', async () => {
    await using t = await createTestSlack({ model: answering('All the same.') });
    t.slack.failNext('chat.startStream', { error: 'channel_type_not_supported' });

    await t.slack.say('hello');
    await t.slack.until(() => t.slack.messages[0]?.blocks.some(({ type }) => type === 'context_actions') === true);

    expect(t.slack.messages).toMatchObject([{ wasStreamed: false, shown: 'All the same.' }]);
    expect(t.slack.violations).toEqual([]);
  });

  it('is shown whole in its message when its stream breaks off', async () => {
    await using t = await createTestSlack();

    await t.slack.say('hello');
    const call = await t.model.call(0);
    call.say('First ');
    await t.slack.until(() => t.slack.messages.length === 1);
    t.slack.failNext('chat.stopStream', { error: 'message_not_in_streaming_state' });
    call.say('second.');
    call.finish();
    await t.slack.until(() => t.slack.messages[0]?.edits === 1);

    expect(t.slack.messages).toMatchObject([{ shown: 'First second.' }]);
  });

  it('is posted once when the reply to the posting is lost', async () => {
    await using t = await createTestSlack({ model: answering('Only once.') });
    t.slack.failNext('chat.startStream', { error: 'not_allowed' });
    t.slack.failNext('chat.postMessage', 'lost');

    await t.slack.say('hello');
    await t.slack.until(() => t.slack.messages[0]?.blocks.some(({ type }) => type === 'context_actions') === true);

    expect(t.slack.messages).toMatchObject([{ shown: 'Only once.' }]);
  });

  it('waits as long as Slack says when it is asked to', async () => {
    await using t = await createTestSlack({ model: answering('Later.') });
    t.slack.failNext('chat.startStream', { status: 429, retryAfter: 1 });

    await t.slack.say('hello');
    await t.slack.until(() => t.slack.messages.some((message) => !message.isStreaming && message.blocks.length > 0));

    expect(t.slack.messages).toHaveLength(1);
    expect(t.slack.violations).toEqual([]);
  });

  it('that fails is one sentence about what to do', async () => {
    const model = createScriptedModel({ reply: () => new AppError('model_timeout', 'too slow') });
    await using t = await createTestSlack({ model });

    await t.slack.say('hello');
    await t.slack.until(() => t.slack.messages.length === 1 && !t.slack.messages[0]?.isStreaming);

    expect(t.slack.messages[0]?.shown).toContain('took too long');
  });

  it('that is cut off keeps what there is, and says so', async () => {
    await using t = await createTestSlack();

    await t.slack.say('hello');
    const call = await t.model.call(0);
    call.say('It begins');
    await t.slack.until(() => t.slack.messages.length === 1);
    call.fail(new AppError('model_interrupted', 'cut'));
    await t.slack.until(() => t.slack.messages[0]?.isStreaming === false);

    expect(t.slack.messages[0]?.shown).toMatch(/^It begins\n\n_The answer broke off/);
  });

  it('ends where it is when somebody says stop', async () => {
    await using t = await createTestSlack();

    await t.slack.say('tell me everything');
    (await t.model.call(0)).say('To begin with,');
    await t.slack.until(() => t.slack.messages.length === 1);
    await t.slack.say('stop');
    await t.slack.until(() => t.slack.messages[0]?.isStreaming === false);

    expect(t.slack.messages).toMatchObject([{ shown: 'To begin with,\n\n_Stopped._' }]);
  });

  it("ends where it is when somebody presses Slack's own Stop", async () => {
    await using t = await createTestSlack();

    await t.slack.say('tell me everything');
    (await t.model.call(0)).say('To begin with,');
    await t.slack.until(() => t.slack.messages.length === 1);
    const { channel, ts } = t.slack.messages[0]!;
    await t.slack.event({ type: 'agent_session_stopped', channel, streaming_message_ts: [ts] });
    await t.slack.until(() => t.slack.messages[0]?.isStreaming === false);

    expect(t.slack.messages[0]?.shown).toContain('Stopped.');
  });
});

describe('a process that dies', () => {
  it('leaves its answer to another one, which finishes the same message', async () => {
    await using first = await createTestSlack();
    await first.slack.say('hello', {
      channel: 'C1',
      threadTs: '1.1',
      more: { type: 'app_mention', text: `<@${BOT_USER}> hello` },
    });
    (await first.model.call(0)).say('Half an ans');
    await first.slack.until(() => first.slack.messages.length === 1);
    await first.stop();

    await using second = await createTestSlack({
      slack: first.slack,
      database: { db: first.db, url: first.url },
      model: answering('The whole answer.'),
    });
    await second.slack.until(() => second.slack.messages[0]?.shown === 'The whole answer.');

    expect(second.slack.messages).toHaveLength(1);
    expect(second.slack.messages[0]).toMatchObject({ isStreaming: false });
  });

  it('before it has said anything leaves the question to another one', async () => {
    await using first = await createTestSlack();
    await first.slack.say('hello');
    await first.model.call(0);
    await first.stop();

    await using second = await createTestSlack({
      slack: first.slack,
      database: { db: first.db, url: first.url },
      model: answering('Here I am.'),
    });
    await second.slack.until(() => second.slack.messages.some((message) => !message.isStreaming));

    expect(second.slack.messages).toMatchObject([{ shown: 'Here I am.' }]);
  });
});

describe('an answer that was written but not shown when its process died', () => {
  it('is shown by another one', async () => {
    await using first = await createTestSlack({ model: answering('Written in time.') });
    first.slack.failNext('chat.startStream', { error: 'not_allowed' });
    for (let tries = 0; tries < 3; tries += 1) first.slack.failNext('chat.postMessage', { status: 500 });
    await first.slack.say('hello');
    await first.slack.until(() => first.slack.callsOf('chat.postMessage').length === 3);
    await first.stop();

    await using second = await createTestSlack({ slack: first.slack, database: { db: first.db, url: first.url } });
    await second.slack.until(() =>
      second.slack.messages.some(({ blocks }) => JSON.stringify(blocks).includes('retry')),
    );

    expect(second.slack.messages).toMatchObject([{ shown: 'Written in time.' }]);
    expect(second.model.calls).toEqual([]);
  });
});

describe('the connection', () => {
  it('comes back by itself, after a notice and after a cut, and nothing is lost in mid-answer', async () => {
    await using t = await createTestSlack();

    await t.slack.say('hello');
    const call = await t.model.call(0);
    call.say('One ');
    await t.slack.until(() => t.slack.messages.length === 1);
    t.slack.dropSockets('cut');
    await t.slack.until(() => t.slack.callsOf('apps.connections.open').length === 2);
    call.say('two.');
    call.finish();
    await t.slack.until(() => t.slack.messages[0]?.isStreaming === false);
    await t.slack.until(() => t.slack.isConnected());
    t.slack.dropSockets('notice');
    await t.slack.until(() => t.slack.callsOf('apps.connections.open').length === 3 && t.slack.isConnected());
    await t.slack.say('still there?');
    await t.model.call(1);

    expect(t.slack.messages[0]?.shown).toBe('One two.');
  });

  it('with a wrong bot token is off, with one line about which setting', async () => {
    await using t = await createTestSlack({ settings: { botToken: 'xoxb-wrong' } });

    expect(t.bot.state()).toMatchObject({ state: 'failed', detail: expect.stringContaining('SLACK_BOT_TOKEN') });
    const errors = (t.logger as unknown as { lines: { level: string; message: string }[] }).lines.filter(
      ({ level }) => level === 'error',
    );
    expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining('SLACK_BOT_TOKEN') })]);
  });

  it('with a wrong app token is off as well', async () => {
    await using t = await createTestSlack({ settings: { appToken: 'xapp-wrong' } });

    expect(t.bot.state()).toMatchObject({ state: 'failed', detail: expect.stringContaining('SLACK_APP_TOKEN') });
  });
});

describe('events by HTTP', () => {
  it('are answered like those by socket, each acknowledged in time', async () => {
    await using t = await createTestSlack({ mode: 'http', model: answering('By HTTP.') });

    await t.slack.say('hello');
    await t.slack.until(() => t.slack.messages.some((message) => !message.isStreaming));

    expect(t.slack.messages).toMatchObject([{ shown: 'By HTTP.' }]);
    expect(t.slack.violations).toEqual([]);
  });

  it('are refused with a wrong or an old signature', async () => {
    await using t = await createTestSlack({ mode: 'http' });
    const body = JSON.stringify({ type: 'event_callback', event_id: 'Ev1', team_id: 'T1', event: { type: 'message' } });
    const post = (headers: Record<string, string>) =>
      fetch(`${t.publicUrl}/slack/events`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
      });

    expect((await post(sign(body, { secret: 'another secret' }))).status).toBe(401);
    expect((await post(sign(body, { ageSeconds: 600 }))).status).toBe(401);
    expect((await post({})).status).toBe(401);
    expect((await post(sign(body))).status).toBe(200);
  });

  it('that cannot be recorded are not acknowledged, so that Slack delivers them again', async () => {
    await using t = await createTestSlack({ mode: 'http', model: answering('Now.') });
    await t.db.schema.renameTable('slack_requests', 'away');
    const body = JSON.stringify({
      type: 'event_callback',
      event_id: 'Ev1',
      team_id: 'T1',
      event: { type: 'message', channel: 'D1', channel_type: 'im', user: 'U1', text: 'hello', ts: '5.5' },
    });
    const post = () =>
      fetch(`${t.publicUrl}/slack/events`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...sign(body) },
      });

    const refused = await post();
    await t.db.schema.renameTable('away', 'slack_requests');
    const taken = await post();
    await t.slack.until(() => t.slack.messages.some((message) => !message.isStreaming));

    expect(refused.status).toBe(500);
    expect(taken.status).toBe(200);
    expect(t.slack.messages).toMatchObject([{ shown: 'Now.' }]);
  });
});
