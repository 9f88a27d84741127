import { describe, expect, it } from 'vitest';
import { sourceBlocks } from '../../../bots/slack/answer-blocks.ts';
import { createMentionDisarmer, disarmMentions } from '../../../bots/slack/disarm-mentions.ts';
import { BOT_SCOPES, slackManifest } from '../../../bots/slack/manifest.ts';
import { toMrkdwn } from '../../../bots/slack/mrkdwn.ts';
import { toPlainText } from '../../../bots/slack/plain-text.ts';
import { findContentViolations } from '../../support/fake-slack-rules.ts';
import { fc } from '../../support/fast-check.ts';

describe('disarmMentions', () => {
  it('leaves code, prices and addresses as they are', () => {
    const text = 'mail me@example.com, a < b, <!DOCTYPE html>, <p>, @param, $5';

    expect(disarmMentions(text)).toBe(text);
  });

  it('gives the same in pieces, wherever the text is cut', () => {
    const tokens = ['<', '!', '@', 'channel', 'here', 'everyone', 'U1', '>', '|', 'subteam^S1', ' ', 'x', 'C', '#'];
    const pieces = fc.array(fc.array(fc.constantFrom(...tokens), { maxLength: 6 }).map((parts) => parts.join('')));
    fc.assert(
      fc.property(pieces, (parts) => {
        const disarmer = createMentionDisarmer();
        const streamed = parts.map((part) => disarmer.push(part)).join('') + disarmer.flush();

        expect(streamed).toBe(disarmMentions(parts.join('')));
        expect(findContentViolations({ markdown_text: streamed })).toEqual([]);
      }),
    );
  });
});

describe('toMrkdwn', () => {
  it.each([
    ['# Title', '*Title*'],
    ['**bold** and *soft* and ~~gone~~', '*bold* and _soft_ and ~gone~'],
    ['[guide](https://example.com/a|b)', '<https://example.com/a%7Cb|guide>'],
    ['- one\n- two', '• one\n• two'],
    ['1. one\n2. two', '1. one\n2. two'],
    ['```js\nif (a < b) {}\n```', '```\nif (a &lt; b) {}\n```'],
    ['> said', '> said'],
    ['<!channel> & co', '&lt;!channel&gt; &amp; co'],
  ])('says %j in Slack’s notation', (markdown, mrkdwn) => {
    expect(toMrkdwn(markdown)).toBe(mrkdwn);
  });
});

it('an answer that cites nothing has no line of sources, not even an empty one', () => {
  expect(sourceBlocks([{ n: 1, title: 'Found', url: null, snippet: '', score: 1 }], 'Hello!')).toEqual([]);
});

it('sources cannot break out of their link, nor lead anywhere but to the web', () => {
  const source = { n: 1, snippet: '', score: 1 };
  const blocks = JSON.stringify(
    sourceBlocks(
      [
        { ...source, title: 'a>b|<!channel>', url: 'https://example.com/?q=<x>|y' },
        { ...source, n: 2, title: 'script', url: 'javascript:alert(1)' },
      ],
      'Both say so [1][2].',
    ),
  );

  expect(blocks).toContain('<https://example.com/?q=&lt;x&gt;%7Cy|a&gt;b¦&lt;!channel&gt;>');
  expect(blocks).toContain('[2] script');
  expect(blocks).not.toContain('javascript:');
});

it('sources are those that the answer cites, one line for each page', () => {
  const page = (n: number, title: string, url: string) => ({ n, title, url, snippet: '', score: 1 });
  const sources = [
    page(1, 'Guide', 'https://example.com/guide#a'),
    page(2, 'Other', 'https://example.com/other'),
    page(3, 'Guide', 'https://example.com/guide#b'),
  ];

  expect(sourceBlocks(sources, 'Press it [1], then hold it [3].')).toEqual([
    { type: 'context', elements: [{ type: 'mrkdwn', text: '[1][3] <https://example.com/guide#a|Guide>' }] },
  ]);
});

it('what Slack writes in its own way is read as people see it', () => {
  const text = '<@UBOT> what did <@U2|ben> say in <#C1|general> about <https://a.example|this> &amp; <!here>?';

  expect(toPlainText(text, { botUserId: 'UBOT' })).toBe(
    'what did @ben say in #general about this (https://a.example) & @here?',
  );
});

describe('slackManifest', () => {
  const options = { publicUrl: 'https://ask.example.com', assistantName: 'Parley' };

  it('needs no public address in Socket Mode', () => {
    const manifest = slackManifest({ ...options, mode: 'socket' });

    expect(manifest.settings.socket_mode_enabled).toBe(true);
    expect(JSON.stringify(manifest)).not.toContain('https://ask.example.com');
  });

  it('names the address for events, buttons and commands in HTTP mode', () => {
    const manifest = slackManifest({ ...options, mode: 'http', manyWorkspaces: true });

    expect(manifest.settings.event_subscriptions.request_url).toBe('https://ask.example.com/slack/events');
    expect(manifest.settings.interactivity.request_url).toBe('https://ask.example.com/slack/events');
    expect(manifest.features.slash_commands.map(({ command }) => command)).toEqual([
      '/ask',
      '/link',
      '/account',
      '/wallet',
      '/forget',
    ]);
    for (const command of manifest.features.slash_commands) {
      expect(command).toMatchObject({ url: 'https://ask.example.com/slack/events' });
    }
    expect(manifest.oauth_config.redirect_urls).toEqual(['https://ask.example.com/slack/oauth_redirect']);
  });

  it('keeps to the lengths that Slack allows, however long the name is', () => {
    const manifest = slackManifest({ ...options, assistantName: 'P'.repeat(80), mode: 'http' });

    expect(manifest.display_information.name.length).toBeLessThanOrEqual(35);
    expect(manifest.display_information.description.length).toBeLessThanOrEqual(140);
    expect(manifest.features.bot_user.display_name.length).toBeLessThanOrEqual(80);
    expect(manifest.features.agent_view.suggested_prompts.length).toBeLessThanOrEqual(4);
  });

  it('asks for a right to read the kinds of messages it wants to hear of', () => {
    const { bot_events } = slackManifest({ ...options, mode: 'http' }).settings.event_subscriptions;
    const kinds = bot_events.flatMap((event) => /^message\.(\w+)$/.exec(event)?.[1] ?? []);

    for (const kind of kinds) expect(BOT_SCOPES).toContain(`${kind}:history`);
  });
});
