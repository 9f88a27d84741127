import { describe, expect, it } from 'vitest';
import { startFakeSlack } from '../../support/fake-slack.ts';
import { BOT_USER } from '../../support/fake-slack-workspace.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { retrievalOf } from '../../support/test-app.ts';
import { createTestSlack } from '../../support/test-slack.ts';

/** Slack's minute, shortened for both sides alike. */
const MINUTE_MS = 3000;
const guide = retrievalOf([{ title: 'The guide', url: 'https://docs.example.com/guide', text: 'Press it.' }]);
const paragraphs = (count: number, text = 'a < b && c > d is what it says, word by word. ') =>
  Array.from({ length: count }, (_, n) => `Paragraph ${n}: ${text.repeat(4)}`).join('\n\n');
const code = (lines: number) =>
  `\`\`\`ts\n${Array.from({ length: lines }, (_, n) => `const line${n} = a < ${n} && '${'x'.repeat(20)}';`).join('\n')}\n\`\`\``;
const rows = (count: number) =>
  `| Name | Says |\n| - | - |\n${Array.from({ length: count }, (_, n) => `| Row ${n} | ${'says '.repeat(10)}|`).join('\n')}`;

const TEXTS: [string, string, RegExp, number][] = [
  ['9,000 characters', `${paragraphs(45)} [1]`, /Paragraph \d+:/g, 45],
  ['30,000 characters', `${paragraphs(150)} [1]`, /Paragraph \d+:/g, 150],
  ['Japanese', `${paragraphs(60, '改札を出て左に曲がると、海が見えます。')} [1]`, /Paragraph \d+:/g, 60],
  ['much code', `Look [1]:\n\n${code(500)}\n\nThat was it.`, /const line\d+ /g, 500],
  ['one long table', `Look [1]:\n\n${rows(300)}\n\nThat was it.`, /Row \d+ /g, 300],
  ['one line without a space', `[1] ${'x'.repeat(25_000)}`, /x{1000}/g, 20],
];

/** What refuses streams, or takes them, and may find every block invalid. */
const WAYS: [string, Parameters<typeof startFakeSlack>[0]][] = [
  ['by streams', {}],
  ['by edited messages', { refuse: (method) => (method === 'chat.startStream' ? { error: 'not_allowed' } : null) }],
  [
    'without blocks',
    {
      refuse: (method, { blocks }) =>
        method === 'chat.startStream'
          ? { error: 'not_allowed' }
          : Array.isArray(blocks) && blocks.length > 0
            ? { error: 'invalid_blocks' }
            : null,
    },
  ],
];

describe.each(WAYS)('a long answer %s', (way, options) => {
  it.each(TEXTS)('of %s is shown whole, in one thread, with its sources once', async (_kind, text, piece, most) => {
    await using slack = await startFakeSlack({ minuteMs: MINUTE_MS, ...options });
    await using t = await createTestSlack({
      slack,
      minuteMs: MINUTE_MS,
      model: createScriptedModel({ reply: () => text }),
      retrieval: guide,
    });

    const ts = await slack.say('show me');
    const isOver = () =>
      slack.messages.some(({ shown, blocks }) => JSON.stringify([shown, blocks]).includes('docs.example.com'));
    await slack.until(isOver);

    const shown = slack.messages.map((message) => message.shown);
    expect(slack.violations).toEqual([]);
    expect(slack.messages.every(({ threadTs, isStreaming }) => threadTs === ts && !isStreaming)).toBe(true);
    expect(new Set(shown.join('\n').match(piece)).size).toBe(new Set(text.match(piece)).size);
    expect(shown.join('\n').match(piece)?.length).toBeGreaterThanOrEqual(most);
    for (const part of shown) expect((part.match(/```/g)?.length ?? 0) % 2).toBe(0);
    const footers = JSON.stringify(
      slack.messages.map(({ blocks, shown }) => (way === 'without blocks' ? shown : blocks)),
    );
    expect(footers.match(/docs\.example\.com/g)).toHaveLength(1);
    expect(t.model.calls).toHaveLength(1);
  });
});

describe('a long answer', () => {
  it('that comes as it is written is not cut in what was shown of it', async () => {
    await using t = await createTestSlack({ minuteMs: MINUTE_MS });

    await t.slack.say('show me');
    const call = await t.model.call(0);
    call.say(`${paragraphs(35)}\n\n`);
    await t.slack.until(() => t.slack.messages.length === 1);
    for (const line of code(200).split('\n')) call.say(`${line}\n`);
    await t.slack.until(() => t.slack.messages.length === 2);
    call.say('\nThat was it.');
    call.finish();
    await t.slack.until(() => t.slack.messages.at(-1)?.blocks.some(({ type }) => type === 'context_actions') === true);

    const shown = t.slack.messages.map((message) => message.shown).join('\n');
    expect(shown.match(/Paragraph \d+:/g)).toHaveLength(35);
    expect(shown.match(/const line\d+ /g)).toHaveLength(200);
    expect(shown).toContain('That was it.');
    expect(t.slack.violations).toEqual([]);
  });

  it('that its process left behind is ended by another one, in the same messages', async () => {
    await using first = await createTestSlack({ minuteMs: MINUTE_MS });
    await first.slack.say('hello');
    (await first.model.call(0)).say(paragraphs(150));
    await first.slack.until(() => first.slack.messages.length === 3);
    await first.stop();

    await using second = await createTestSlack({
      slack: first.slack,
      minuteMs: MINUTE_MS,
      database: { db: first.db, url: first.url },
      model: createScriptedModel({ reply: () => paragraphs(20) }),
    });
    const isFinal = () =>
      JSON.stringify(second.slack.messages.map(({ blocks }) => blocks)).includes('feedback_buttons');
    await second.slack.until(isFinal);
    await second.slack.until(() => second.slack.messages.length === 1);

    const shown = second.slack.messages.map((message) => message.shown).join('\n');
    expect(shown.match(/Paragraph \d+:/g)).toHaveLength(20);
    expect(second.slack.messages.every(({ isStreaming }) => !isStreaming)).toBe(true);
  });

  it('to a command is shown to the asker alone, within what its reply address takes', async () => {
    await using t = await createTestSlack({
      model: createScriptedModel({ reply: () => `${paragraphs(250)} [1]` }),
      retrieval: guide,
    });

    await t.slack.command('show me');
    await t.slack.until(() => JSON.stringify(t.slack.replies.map(({ blocks }) => blocks)).includes('docs.example.com'));

    const shown = t.slack.replies.map((reply) => reply.shown).join('\n');
    expect(new Set(shown.match(/Paragraph \d+:/g)).size).toBe(250);
    expect(t.slack.messages).toEqual([]);
    expect(t.slack.violations).toEqual([]);
  });
});

describe('an outcome that cannot be shown where it was asked for', () => {
  const refusing = (error: string) => ({
    refuse: (method: string, { channel }: Record<string, unknown>) =>
      channel === 'C1' && method.startsWith('chat.') ? { error } : null,
  });

  it.each(['is_archived', 'not_in_channel', 'channel_not_found', 'restricted_action', 'thread_not_found'])(
    'is told to the asker in a direct message, once (%s)',
    async (error) => {
      await using slack = await startFakeSlack(refusing(error));
      await using t = await createTestSlack({ slack, model: createScriptedModel({ reply: () => 'Five days.' }) });

      await slack.say(`<@${BOT_USER}> how long?`, { channel: 'C1' });
      await slack.until(() => slack.messages.length > 0);
      await slack.say('and then?', { channel: 'D1' });
      await slack.until(() => slack.messages.some(({ channel, blocks }) => channel === 'D1' && blocks.length > 0));

      expect(slack.messages.filter(({ channel }) => channel === 'DU1')).toMatchObject([
        { shown: expect.stringMatching(/so I answer you here[\s\S]*Five days\./) },
      ]);
      expect(t.model.calls).toHaveLength(2);
    },
  );

  it('is told to the asker alone while Slack wants no more posts for long', async () => {
    await using slack = await startFakeSlack({
      refuse: (method) =>
        ['chat.startStream', 'chat.postMessage'].includes(method) ? { status: 429, retryAfter: 600 } : null,
    });
    await using _t = await createTestSlack({ slack, model: createScriptedModel({ reply: () => 'Five days.' }) });

    await slack.say(`<@${BOT_USER}> how long?`, { channel: 'C1' });
    await slack.until(() => slack.replies.length > 0);

    expect(slack.replies).toMatchObject([{ user: 'U1', shown: expect.stringContaining('Five days.') }]);
  });

  it('is posted anew while Slack wants no more edits for long', async () => {
    await using slack = await startFakeSlack({
      refuse: (method) =>
        method === 'chat.startStream'
          ? { error: 'not_allowed' }
          : method === 'chat.update'
            ? { status: 429, retryAfter: 600 }
            : null,
    });
    await using t = await createTestSlack({ slack });

    await slack.say('how long?');
    const call = await t.model.call(0);
    call.say('Five ');
    await slack.until(() => slack.messages.length === 1);
    call.say('days.');
    call.finish();
    await slack.until(() => slack.messages.some(({ shown }) => shown === 'Five days.'));

    expect(slack.messages).toHaveLength(1);
  });

  it('is a sentence when Slack finds everything too long', async () => {
    await using slack = await startFakeSlack({
      refuse: (method, { text, markdown_text }) =>
        method.startsWith('chat.') && String(text ?? markdown_text).length > 200 ? { error: 'msg_too_long' } : null,
    });
    await using t = await createTestSlack({
      slack,
      model: createScriptedModel({ reply: () => 'word'.repeat(1000) }),
    });

    await slack.say(`<@${BOT_USER}> how long?`, { channel: 'C1' });
    await slack.until(() => slack.replies.length > 0);

    expect(slack.replies).toMatchObject([{ user: 'U1', shown: expect.stringContaining('Slack does not take it') }]);
    expect(t.model.calls).toHaveLength(1);
  });

  it('waits for a token that was revoked to be replaced', async () => {
    let isRevoked = false;
    await using slack = await startFakeSlack({
      refuse: (method) => (isRevoked && method !== 'auth.test' ? { error: 'token_revoked' } : null),
    });
    await using t = await createTestSlack({ slack });

    await slack.say('how long?');
    const call = await t.model.call(0);
    isRevoked = true;
    call.say('Five days.');
    call.finish();
    await slack.until(() => slack.callsOf('conversations.open').length > 0);
    isRevoked = false;
    await slack.until(() => slack.messages.some(({ shown }) => shown === 'Five days.'));

    expect(slack.messages).toHaveLength(1);
    expect(t.model.calls).toHaveLength(1);
  });
});
