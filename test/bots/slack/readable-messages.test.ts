import { describe, expect, it } from 'vitest';
import { BOT_USER } from '../../support/fake-slack-workspace.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestSlack } from '../../support/test-slack.ts';

const answering = () => createScriptedModel({ reply: () => 'Yes.' });
const richText = (...elements: object[]) => ({ type: 'rich_text', elements });
const line = (...elements: object[]) => ({ type: 'rich_text_section', elements });
const text = (words: string) => ({ type: 'text', text: words });

/** What a message holds beside its text, and what the model is to read of it. */
const MESSAGES: [string, { text?: string; more: object }, string[]][] = [
  [
    'a forwarded message',
    {
      text: 'what does this mean?',
      more: {
        attachments: [
          {
            is_msg_unfurl: true,
            is_share: true,
            author_id: 'U2',
            author_name: 'Ben',
            channel_id: 'C7',
            channel_name: 'ops',
            fallback: '[today] Ben: shortened',
            text: 'shortened',
            message_blocks: [{ message: { blocks: [richText(line(text('Use port 8443 & wait.')))] } }],
            files: [
              { name: 'plan.txt', mimetype: 'text/plain', size: 9, url_private: 'https://elsewhere.example/plan' },
            ],
          },
        ],
      },
    },
    ['Shared message from @Ben in #ops:', '> Use port 8443 & wait.', '“plan.txt”'],
  ],
  [
    'an attachment of an app',
    {
      more: {
        attachments: [
          {
            pretext: 'New alert',
            title: 'Disk full',
            title_link: 'https://status.example/1',
            text: 'db-1 has &lt;1 GB',
            fields: [{ title: 'Severity', value: 'High' }],
          },
          { fallback: 'Only a fallback' },
        ],
      },
    },
    ['New alert', 'Disk full (https://status.example/1)', 'db-1 has <1 GB', 'Severity: High', 'Only a fallback'],
  ],
  [
    'the preview of a link',
    {
      text: '<https://docs.example/a>',
      more: { attachments: [{ from_url: 'https://docs.example/a', title: 'Sails', text: 'How to reef.' }] },
    },
    ['Preview of https://docs.example/a:', '> Sails', '> How to reef.'],
  ],
  [
    'formatted text, with what it names',
    {
      text: 'ignored',
      more: {
        blocks: [
          richText(
            line(
              text('Ask '),
              { type: 'user', user_id: 'U2' },
              text(' or '),
              { type: 'usergroup', usergroup_id: 'S1' },
              text(' in '),
              { type: 'channel', channel_id: 'C7' },
              { type: 'emoji', name: 'wave', unicode: '1f44b' },
              { type: 'broadcast', range: 'here' },
            ),
            { type: 'rich_text_list', style: 'ordered', elements: [line(text('first')), line(text('second'))] },
            { type: 'rich_text_list', style: 'bullet', indent: 1, elements: [line(text('inner'))] },
            { type: 'rich_text_quote', elements: [text('said before')] },
            { type: 'rich_text_preformatted', elements: [text('if (a < b) stop();')] },
            line(
              { type: 'link', url: 'https://a.example/?x=1&y=2', text: 'the page' },
              { type: 'date', timestamp: 0, format: '{date}', fallback: 'New Year 1970' },
            ),
          ),
        ],
      },
    },
    [
      'Ask @Ben or a group in #general👋@here',
      '1. first\n2. second',
      '    • inner',
      '> said before',
      '```\nif (a < b) stop();\n```',
      'the page (https://a.example/?x=1&y=2)',
      'New Year 1970',
    ],
  ],
  [
    'the blocks of a poll, and tables',
    {
      text: "This content can't be displayed.",
      more: {
        blocks: [
          { type: 'header', text: { type: 'plain_text', text: 'Lunch <poll>' } },
          {
            type: 'section',
            text: { type: 'mrkdwn', text: '*Pizza* `3` <@U2>' },
            accessory: { type: 'button', text: { type: 'plain_text', text: 'Vote' } },
            fields: [{ type: 'mrkdwn', text: 'ends <!date^1700000000^{date}|on Tuesday>' }],
          },
          {
            type: 'context',
            elements: [
              { type: 'image', alt_text: 'a clock', image_url: 'x' },
              { type: 'mrkdwn', text: '2 votes' },
            ],
          },
          {
            type: 'actions',
            elements: [{ type: 'static_select', options: [{ text: { type: 'plain_text', text: 'Soup' } }] }],
          },
          {
            type: 'table',
            rows: [
              [
                { type: 'raw_text', text: 'Plan' },
                { type: 'raw_text', text: 'Price' },
              ],
              [richText(line(text('Solo'))), { type: 'raw_text', text: '5' }],
            ],
          },
          { type: 'markdown', text: '# Rules & more' },
          { type: 'image', alt_text: 'a menu', title: { type: 'plain_text', text: 'Menu' } },
          { type: 'video', title: { type: 'plain_text', text: 'How to vote' }, author_name: 'Eve' },
          {
            type: 'card',
            title: { type: 'plain_text', text: 'A new kind' },
            body: { type: 'mrkdwn', text: 'of block' },
          },
        ],
      },
    },
    [
      'Lunch <poll>',
      '*Pizza* `3` @Ben',
      'ends on Tuesday',
      '[Vote]',
      '[image: a clock] 2 votes',
      '[Soup]',
      'Plan | Price\nSolo | 5',
      '# Rules & more',
      '[image: Menu, a menu]',
      '[video: How to vote, Eve]',
      'A new kind\nof block',
    ],
  ],
  [
    'files, as far as Slack shows them',
    {
      text: 'compare these',
      more: {
        files: [
          {
            name: 'long.log',
            mimetype: 'text/plain',
            size: 9e6,
            url_private: 'https://files.slack.com/x',
            preview: 'first lines',
          },
          {
            name: 'memo.m4a',
            mimetype: 'audio/mp4',
            size: 5,
            url_private: 'https://files.slack.com/y',
            transcription: { preview: { content: 'we ship on Monday' } },
          },
          { title: 'Roadmap', filetype: 'quip', size: 5, url_private: 'https://files.slack.com/z' },
        ],
      },
    },
    ['“long.log”, as far as I can read it:\n\nfirst lines', 'we ship on Monday', 'I cannot open the canvas “Roadmap”'],
  ],
];

async function createWorkspace(mode: 'socket' | 'http') {
  const t = await createTestSlack({ model: answering(), mode });
  t.slack.names.set('U2', 'Ben');
  t.slack.channelNames.set('C7', 'general');
  return t;
}

describe.each(['socket', 'http'] as const)('by %s, what people read in a message', (mode) => {
  it.each(MESSAGES)('is read by the model: %s', async (_kind, { text: said = '', more }, expected) => {
    await using t = await createWorkspace(mode);

    await t.slack.say(said, { more });
    await t.model.call(0);

    const asked = String(t.model.calls[0]?.request.messages.at(-1)?.content);
    for (const words of expected) expect(asked).toContain(words);
    expect(asked).not.toMatch(/&(lt|gt|amp);|<[@#!]|U2|C7|S1/);
    expect(t.slack.violations).toEqual([]);
  });
});

describe('a mention', () => {
  it('of nothing but what Slack does not show in words is said to be unreadable, and asks no model', async () => {
    await using t = await createTestSlack({ model: answering() });

    await t.slack.say(`<@${BOT_USER}>`, { channel: 'C1', more: { attachments: [{ id: 1, color: 'ff0000' }] } });
    await t.slack.until(() => t.slack.replies.length > 0);

    expect(t.slack.replies).toMatchObject([
      { shown: expect.stringContaining('nothing in that message that I can read') },
    ]);
    expect(t.model.calls).toEqual([]);
  });

  it('calls people by names without knowing them all', async () => {
    await using t = await createTestSlack({ model: answering() });
    t.slack.unknownUsers.add('U404');

    await t.slack.say('did <@U404> or <@U5|eve> mail <mailto:a@b.example|a@b.example>? &lt;b&gt; &amp;lt;', {
      channel: 'D1',
    });
    await t.model.call(0);

    expect(t.model.calls[0]?.request.messages.at(-1)?.content).toBe('did someone or @eve mail a@b.example? <b> &lt;');
  });
});

describe('"Ask about this"', () => {
  const ask = async (t: Awaited<ReturnType<typeof createTestSlack>>, message: object) => {
    await t.slack.shortcut('', { message });
    await t.slack.until(() => t.slack.callsOf('views.open').length > 0);
    const view = t.slack.callsOf('views.open')[0]?.args.view as { callback_id: string; private_metadata: string };
    expect(t.slack.violations).toEqual([]);
    await t.slack.submit(view, { question: { value: { value: 'Can you explain this?' } } });
    return view;
  };

  it('about a message with only a file asks about the file', async () => {
    await using t = await createTestSlack({ model: answering() });
    const files = [{ name: 'a.txt', mimetype: 'text/plain', size: 9, url_private: `${t.slack.origin}/files/a.txt` }];

    await ask(t, { files });
    await t.model.call(0);

    expect(t.model.calls[0]?.request.messages.at(-1)?.content).toContain('content of /files/a.txt');
  });

  it('about a message with only a file that it cannot read says so', async () => {
    await using t = await createTestSlack({ model: answering() });

    await ask(t, {
      files: [{ name: 'film.mp4', mimetype: 'video/mp4', size: 9, url_private: 'https://files.slack.com/f' }],
    });
    await t.slack.until(() => t.slack.replies.length > 0);

    expect(t.slack.replies.map(({ shown }) => shown)).toEqual([expect.stringContaining('cannot read “film.mp4”')]);
    expect(t.model.calls).toEqual([]);
  });

  it('about a message with nothing to read says so at once', async () => {
    await using t = await createTestSlack({ model: answering() });

    await t.slack.shortcut('', { message: { attachments: [{ color: 'ff0000' }] } });
    await t.slack.until(() => t.slack.replies.length > 0);

    expect(t.slack.replies).toMatchObject([{ shown: expect.stringContaining('nothing in that message') }]);
    expect(t.model.calls).toEqual([]);
  });

  it('about a long message keeps what Slack keeps for us, and says that it is cut', async () => {
    await using t = await createTestSlack({ model: answering() });

    const view = await ask(t, { text: '"tide" &amp; <@U2>\n'.repeat(400) });
    await t.model.call(0);

    expect(JSON.stringify(view)).toContain('I see its beginning only');
    expect(String(t.model.calls[0]?.request.messages.at(-1)?.content).match(/"tide" & @U2/g)?.length).toBeGreaterThan(
      60,
    );
  });

  it('about a forward asks about what was forwarded', async () => {
    await using t = await createTestSlack({ model: answering() });

    await ask(t, { attachments: [{ is_share: true, author_name: 'Ben', text: 'Use port 8443.' }] });
    await t.model.call(0);

    expect(t.model.calls[0]?.request.messages.at(-1)?.content).toContain('> Use port 8443.');
  });
});
