import { describe, expect, it } from 'vitest';
import { createModelNames } from '../../../core/models/model-names.ts';
import type { CatalogueModel } from '../../../core/ports/catalogue-model.ts';
import { BOT_USER } from '../../support/fake-slack-workspace.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { retrievalOf } from '../../support/test-app.ts';
import { createTestSlack } from '../../support/test-slack.ts';

const answering = (text: string) => createScriptedModel({ reply: () => text });
const guide = retrievalOf([
  { title: 'The guide', url: 'https://docs.example.com/guide', text: 'Press the red button.' },
]);

type Slack = Awaited<ReturnType<typeof createTestSlack>>['slack'];

/** The value of the button with that action, in whatever was shown. */
function buttonValue(shown: { blocks: object[] }[], actionId: string): string {
  const buttons = shown
    .flatMap(({ blocks }) => blocks)
    .flatMap((block) => (block as { elements?: object[] }).elements ?? []);
  const found = buttons.find((element) => (element as { action_id?: string }).action_id === actionId);
  return (found as { value?: string } | undefined)?.value ?? '';
}

const isFinal = (shown: { blocks: object[] }) => JSON.stringify(shown.blocks).includes('retry_answer');
const finished = (slack: Slack, count = 1) => slack.until(() => slack.messages.filter(isFinal).length === count);
const replied = (slack: Slack, count = 1) => slack.until(() => slack.replies.filter(isFinal).length === count);

describe('/ask', () => {
  it('answers the asker alone, who may then share it with the channel', async () => {
    await using t = await createTestSlack({ model: answering('Press it [1].'), retrieval: guide });
    t.slack.names.set('U1', 'Ada');

    const ack = await t.slack.command('how do I start?');
    await replied(t.slack);
    expect(ack).toMatchObject({ response_type: 'ephemeral' });
    expect(t.slack.replies.at(-1)).toMatchObject({
      user: 'U1',
      shown: 'Press it [1].',
      isForAll: false,
      replaces: true,
    });
    await t.slack.press({ action_id: 'share_answer', value: buttonValue(t.slack.replies, 'share_answer') });
    await t.slack.until(() => t.slack.replies.some(({ isForAll }) => isForAll));

    expect(t.slack.replies.at(-1)).toMatchObject({ shown: 'Press it [1].', isForAll: true });
    expect(JSON.stringify(t.slack.replies.at(-1)?.blocks)).toContain('Shared by Ada');
    expect(t.slack.messages).toEqual([]);
    expect(t.slack.violations).toEqual([]);
  });

  it('shares a long answer whole', async () => {
    const answer = 'A paragraph of an answer that goes on. '.repeat(20).trim();
    const long = Array.from({ length: 24 }, () => answer).join('\n\n');
    await using t = await createTestSlack({ model: answering(long) });

    await t.slack.command('tell me all');
    await replied(t.slack);
    await t.slack.press({ action_id: 'share_answer', value: buttonValue(t.slack.replies, 'share_answer') });
    const shared = () => t.slack.replies.filter(({ isForAll }) => isForAll);
    await t.slack.until(() => shared().length === 2);

    expect(
      shared()
        .map(({ shown }) => shown)
        .join('\n\n'),
    ).toBe(long);
    expect(t.slack.violations).toEqual([]);
  });

  it('goes on with what the asker asked there before, until they want a new chat', async () => {
    await using t = await createTestSlack({ model: answering('Yes.') });

    await t.slack.command('first question');
    await replied(t.slack, 1);
    await t.slack.command('second question');
    await replied(t.slack, 2);
    await t.slack.command('new chat');
    await t.slack.until(() => t.slack.replies.length === 3);
    await t.slack.command('third question');
    await replied(t.slack, 3);

    const asked = t.model.calls.map(({ request }) => JSON.stringify(request.messages));
    expect(asked[1]).toContain('first question');
    expect(asked[2]).not.toContain('first question');
  });

  it('help says what it can do in the acknowledgement itself', async () => {
    await using t = await createTestSlack();

    expect(JSON.stringify(await t.slack.command('help'))).toContain('Ask about this');
    expect(t.model.calls).toEqual([]);
  });

  it('settings are for admins', async () => {
    await using t = await createTestSlack();

    await t.slack.command('settings');
    await t.slack.until(() => t.slack.replies.length === 1);

    expect(t.slack.replies[0]?.shown).toContain('Only admins');
    expect(t.slack.callsOf('views.open')).toEqual([]);
  });

  it('settings of a channel are set by an admin, and hold at once', async () => {
    await using t = await createTestSlack({ model: answering('Arr.') });
    t.slack.admins.add('U1');

    await t.slack.command('settings', { channel: 'C1' });
    await t.slack.until(() => t.slack.callsOf('views.open').length === 1);
    const view = t.slack.callsOf('views.open')[0]?.args.view as { callback_id: string; private_metadata: string };
    await t.slack.submit(view, {
      switches: { value: { selected_options: [{ value: 'isEnabled' }, { value: 'withoutMention' }] } },
      instructions: { value: { value: 'Talk like a pirate.' } },
      model: { value: { value: null } },
    });
    await expect
      .poll(() => t.app.places.settings({ platform: 'slack', space: 'slack:T1', channel: 'C1' }))
      .toMatchObject({ mentionNeeded: false });
    await t.slack.say('who goes there?', { channel: 'C1' });
    await finished(t.slack);

    expect(t.model.calls[0]?.request.system).toContain('Talk like a pirate.');
  });

  it('settings with a model that nobody has are refused beside that field, and the form stays', async () => {
    const findModelName = createModelNames({
      offered: { list: async () => [{ id: 'small' }] as CatalogueModel[] },
      usualModel: 'auto',
      isAtServer: async () => false,
    });
    await using t = await createTestSlack({ more: { findModelName } });
    t.slack.admins.add('U1');
    const place = { platform: 'slack', space: 'slack:T1', channel: 'C1' } as const;
    const view = { callback_id: 'place_settings', private_metadata: JSON.stringify({ channel: 'C1' }) };
    const submit = (model: string) =>
      t.slack.submit(view, {
        switches: { value: { selected_options: [{ value: 'isEnabled' }] } },
        model: { value: { value: model } },
      });

    const refused = await submit('gpt-99');
    const before = await t.app.places.settings(place);
    await submit('small');

    expect(refused).toMatchObject({
      response_action: 'errors',
      errors: { model: 'There is no model of that name. Choose one of these: auto, small.' },
    });
    expect(before.model).toBeNull();
    await expect.poll(() => t.app.places.settings(place)).toMatchObject({ model: 'small' });
  });
});

describe('a channel that other organisations share', () => {
  const ask = (slack: Slack) => slack.say(`<@${BOT_USER}> a secret?`, { channel: 'C9', more: { external: true } });

  it('gets no answer, and the asker alone is told why', async () => {
    await using t = await createTestSlack({ model: answering('The secret.') });

    await ask(t.slack);
    await t.slack.until(() => t.slack.replies.length === 1);

    expect(t.slack.replies[0]?.shown).toContain('shared with another organisation');
    expect(t.model.calls).toEqual([]);
    expect(t.slack.messages).toEqual([]);
  });

  it('gets none to a command either, which does not say that the channel is shared', async () => {
    await using t = await createTestSlack({ model: answering('The secret.') });
    t.slack.externalChannels.add('C9');

    await t.slack.command('a secret?', { channel: 'C9' });
    await t.slack.until(() => t.slack.replies.length === 1);

    expect(t.slack.replies[0]?.shown).toContain('shared with another organisation');
    expect(t.model.calls).toEqual([]);
  });

  it('is answered from public documents once an admin has allowed it', async () => {
    const spaces: (string | null)[] = [];
    const retrieval = {
      retrieve: async (question: { space?: string | null }) => {
        spaces.push(question.space ?? null);
        return { outcome: 'not_needed' as const, passages: [], confidence: 0 };
      },
    };
    await using t = await createTestSlack({ model: answering('Public.'), retrieval: retrieval as never });
    const changes = { extra: { isSharingAllowed: true } };
    await t.app.places.update({ platform: 'slack', space: 'slack:T1', channel: 'C9', changes });

    await ask(t.slack);
    await finished(t.slack);

    expect(t.slack.messages[0]?.shown).toBe('Public.');
    const turn = await t.db('turns').first('place');
    expect(turn.place).toMatchObject({ space: null, isPrivate: false });
  });
});

describe('a direct message', () => {
  it('is one running chat, also in the threads that Slack makes of it, until a new one', async () => {
    await using t = await createTestSlack({ model: answering('Yes.') });

    const first = await t.slack.say('my name is Ada');
    await finished(t.slack, 1);
    await t.slack.say('in the thread', { threadTs: first });
    await finished(t.slack, 2);
    await t.slack.say('at the top');
    await finished(t.slack, 3);
    await t.slack.say('new chat');
    await t.slack.until(() => t.slack.messages.length === 4);
    await t.slack.say('afresh');
    await finished(t.slack, 4);

    const asked = t.model.calls.map(({ request }) => JSON.stringify(request.messages));
    expect(asked[1]).toContain('my name is Ada');
    expect(asked[2]).toContain('in the thread');
    expect(asked[3]).not.toContain('my name is Ada');
  });

  it('gets a status while it is thought about, and a title', async () => {
    await using t = await createTestSlack({ model: answering('Yes.') });

    const ts = await t.slack.say('How do refunds work?');
    await finished(t.slack);
    await t.slack.until(() => t.slack.callsOf('assistant.threads.setTitle').length === 1);

    const methods = t.slack.calls.map(({ method }) => method);
    expect(methods.indexOf('assistant.threads.setStatus')).toBeLessThan(methods.indexOf('chat.startStream'));
    expect(t.slack.callsOf('assistant.threads.setStatus')[0]?.args).toMatchObject({ channel_id: 'D1', thread_ts: ts });
    expect(t.slack.callsOf('assistant.threads.setTitle')[0]?.args).toMatchObject({ title: 'How do refunds work?' });
  });

  it('may bring text files and images; others are declined in a sentence', async () => {
    await using t = await createTestSlack({ model: answering('Seen.') });
    const file = (name: string, mimetype: string, size = 100) => ({
      name,
      mimetype,
      size,
      url_private: `${t.slack.origin}/files/${name}`,
    });

    await t.slack.say('look', {
      more: {
        subtype: 'file_share',
        files: [
          file('notes.md', 'text/markdown'),
          file('cat.png', 'image/png'),
          file('song.mp3', 'audio/mpeg'),
          file('huge.txt', 'text/plain', 200_000),
          { ...file('evil.txt', 'text/plain'), url_private: 'http://evil.example/evil.txt' },
        ],
      },
    });
    await finished(t.slack);

    const message = t.model.calls[0]?.request.messages.at(-1);
    expect(message?.content).toContain('content of /files/notes.md');
    expect(message?.content).toMatch(/cannot read “song.mp3”/);
    expect(message?.content).toMatch(/“huge.txt” is too long/);
    expect(message?.content).toMatch(/could not open “evil.txt”/);
    expect(message?.imageUrls?.[0]).toMatch(/^data:image\/png;base64,/);
    expect(t.slack.violations).toEqual([]);
  });

  it('beyond the limit gets one hint, then silence', async () => {
    await using t = await createTestSlack({
      model: answering('Yes.'),
      more: { limits: { perPerson: 1, perPlace: 100 } },
    });

    await t.slack.say('one');
    await finished(t.slack);
    await t.slack.say('two');
    await t.slack.until(() => t.slack.messages.length === 2);
    await t.slack.say('three');
    await expect.poll(() => t.db('slack_requests').whereNotNull('done_at').pluck('id')).toHaveLength(3);

    expect(t.slack.messages).toHaveLength(2);
    expect(t.slack.messages[1]?.shown).toContain('Please wait a minute');
  });
});

describe('the agent pane', () => {
  it('offers up to four prompts when it is opened, in the old and in the new one', async () => {
    await using t = await createTestSlack();

    await t.slack.event({
      type: 'assistant_thread_started',
      assistant_thread: { user_id: 'U1', channel_id: 'D1', thread_ts: '1.1', context: {} },
    });
    await t.slack.event({ type: 'app_home_opened', tab: 'messages', user: 'U1', channel: 'D1' });
    await t.slack.until(() => t.slack.callsOf('assistant.threads.setSuggestedPrompts').length === 2);

    const calls = t.slack.callsOf('assistant.threads.setSuggestedPrompts').map(({ args }) => args);
    expect(calls.map(({ thread_ts }) => thread_ts).toSorted()).toEqual(['1.1', undefined]);
    expect(calls[0]?.prompts).toHaveLength(4);
  });
});

describe('"Ask about this"', () => {
  it('asks for a question and answers it privately, knowing the message', async () => {
    await using t = await createTestSlack({ model: answering('It means Monday.') });

    await t.slack.shortcut('The launch is on T-3.');
    await t.slack.until(() => t.slack.callsOf('views.open').length === 1);
    const view = t.slack.callsOf('views.open')[0]?.args.view as { callback_id: string; private_metadata: string };
    await t.slack.submit(view, { question: { value: { value: 'When is that?' } } });
    await replied(t.slack);

    expect(t.model.calls[0]?.request.messages.at(-1)?.content).toContain('The launch is on T-3.');
    expect(t.slack.replies.at(-1)).toMatchObject({ shown: 'It means Monday.', isForAll: false });
  });
});

describe('the buttons below an answer', () => {
  it('take a thumb up, and a thumb down with a reason', async () => {
    await using t = await createTestSlack({ model: answering('Yes.') });
    await t.slack.say('hello');
    await finished(t.slack);
    const messageId = JSON.stringify(t.slack.messages).match(/"down:([^"]+)"/)?.[1] ?? '';

    await t.slack.press(
      { action_id: 'answer_feedback', type: 'feedback_buttons', value: `up:${messageId}` },
      { channel: 'D1' },
    );
    await t.slack.until(() => t.slack.replies.length === 1);
    await t.slack.press(
      { action_id: 'answer_feedback', type: 'feedback_buttons', value: `down:${messageId}` },
      { channel: 'D1' },
    );
    await t.slack.until(() => t.slack.callsOf('views.open').length === 1);
    const view = t.slack.callsOf('views.open')[0]?.args.view as { callback_id: string; private_metadata: string };
    await t.slack.submit(view, { reason: { value: { value: 'Too short.' } } });

    expect(await t.db('feedback').select('message_id', 'rating', 'reason')).toEqual([
      { message_id: messageId, rating: 'down', reason: 'Too short.' },
    ]);
  });

  it('answer again in the same thread', async () => {
    let count = 0;
    const reply = () => {
      count += 1;
      return `Try ${count}.`;
    };
    await using t = await createTestSlack({ model: createScriptedModel({ reply }) });
    const ts = await t.slack.say('hello');
    await finished(t.slack);

    const message = { ts: t.slack.messages[0]?.ts, thread_ts: ts };
    await t.slack.press(
      { action_id: 'retry_answer', value: buttonValue(t.slack.messages, 'retry_answer') },
      { channel: 'D1', message },
    );
    await finished(t.slack, 2);

    expect(t.slack.messages[1]).toMatchObject({ shown: 'Try 2.', threadTs: ts });
  });

  it('are for the one who asked: somebody else hears why not', async () => {
    await using t = await createTestSlack({ model: answering('Yes.') });
    const ts = await t.slack.say(`<@${BOT_USER}> hello`, { channel: 'C1' });
    await finished(t.slack);

    const message = { ts: t.slack.messages[0]?.ts, thread_ts: ts };
    const value = buttonValue(t.slack.messages, 'retry_answer');
    await t.slack.press({ action_id: 'retry_answer', value }, { user: 'U2', message });
    await t.slack.until(() => t.slack.replies.length === 1);

    expect(t.slack.replies[0]).toMatchObject({
      user: 'U2',
      shown: expect.stringContaining('Only the person who asked'),
    });
    expect(t.model.calls).toHaveLength(1);
  });
});

describe('the Home tab', () => {
  it('shows recent chats to go on with, and settings to admins only', async () => {
    await using t = await createTestSlack({ model: answering('Yes.') });
    await t.slack.say('hello', { channel: 'DU1' });
    await finished(t.slack);

    await t.slack.event({ type: 'app_home_opened', tab: 'home', user: 'U1', channel: 'DU1' });
    await t.slack.until(() => t.slack.callsOf('views.publish').length === 1);
    const home = JSON.stringify(t.slack.callsOf('views.publish')[0]?.args.view);
    const sessionId = home.match(/"value":"([0-9a-f-]{36})"/)?.[1] ?? '';
    await t.slack.press({ action_id: 'home_new_chat', value: 'new' });
    await t.slack.until(() => t.slack.messages.length === 2);
    await t.slack.press({ action_id: 'home_resume_chat', value: sessionId });
    await t.slack.until(() => t.slack.messages.length === 3);
    await t.slack.say('do you remember?', { channel: 'DU1' });
    await finished(t.slack, 2);

    expect(home).not.toContain('home_workspace_settings');
    expect(JSON.stringify(t.model.calls[1]?.request.messages)).toContain('hello');
    expect(t.slack.violations).toEqual([]);
  });
});
