import { describe, expect, it } from 'vitest';
import { MESSAGE_CONTENT_FLAG } from '../../support/fake-discord.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createDiscordTest, isDone } from './discord-harness.ts';

const answering = () => createScriptedModel({ reply: () => 'I see.' });
const READING_ALONG = { applicationFlags: MESSAGE_CONTENT_FLAG };

const embed = {
  type: 'rich',
  title: 'Release 4.2',
  description: 'Ask <@777> or see <#555>.',
  author: { name: 'Release bot' },
  fields: [{ name: 'Port', value: '8443', inline: true }],
  footer: { text: 'signed by Ada' },
};
const poll = {
  question: { text: 'Which day suits?' },
  answers: [
    { answer_id: 1, poll_media: { text: 'Tuesday' } },
    { answer_id: 2, poll_media: { text: 'Friday', emoji: { name: '🎉' } } },
  ],
  expiry: '2027-01-01T00:00:00+00:00',
  allow_multiselect: false,
  layout_type: 1,
};
const components = [
  {
    type: 17,
    id: 1,
    components: [
      { type: 10, id: 2, content: 'The gate code is 4711.' },
      {
        type: 9,
        id: 3,
        components: [{ type: 10, id: 4, content: 'It changes on Monday.' }],
        accessory: { type: 11, id: 5, media: { url: 'https://cdn.example/a.png' }, description: 'A map of the gate' },
      },
      { type: 1, id: 6, components: [{ type: 2, style: 1, custom_id: 'x', label: 'Press me' }] },
    ],
  },
];
const forwarded = {
  message_reference: { type: 1, message_id: '1', channel_id: '2' },
  message_snapshots: [
    {
      message: {
        type: 0,
        content: 'The deadline is the ninth.\nReally.',
        embeds: [{ type: 'rich', title: 'Calendar' }],
        attachments: [],
        mentions: [],
        mention_roles: [],
        timestamp: '2026-11-30T10:00:00+00:00',
        edited_timestamp: null,
        flags: 0,
      },
    },
  ],
};
const note = (id: string) => ({
  id,
  filename: 'notes.txt',
  content_type: 'text/plain',
  size: 20,
  url: 'http://127.0.0.1:1/',
});
const voice = {
  id: '9',
  filename: 'voice-message.ogg',
  content_type: 'audio/ogg',
  size: 900,
  url: 'https://cdn.example/v',
};

/** What the model was asked at last. */
const asked = (model: ReturnType<typeof createScriptedModel>) =>
  model.calls.at(-1)?.request.messages.at(-1)?.content ?? '';

describe('what is not in the text of a Discord message', () => {
  it.each([
    [
      'an embed',
      { embeds: [embed] },
      ['Release bot', 'Release 4.2', 'Ask @Grace or see', 'Port: 8443', 'signed by Ada'],
    ],
    ['a poll', { poll }, ['Poll: Which day suits?', '- Tuesday', '- 🎉 Friday']],
    ['components, nested', { components, flags: 1 << 15 }, ['4711', 'changes on Monday', 'A map of the gate']],
    [
      'a forwarded message',
      forwarded,
      ['Forwarded message:', '> The deadline is the ninth.', '> Really.', '> Calendar'],
    ],
    ['a sticker', { sticker_items: [{ id: '1', name: 'Wave', format_type: 1 }] }, ['[sticker: Wave]']],
  ])('is read: %s in a mention, in a direct message and by "Ask about this"', async (_what, more, words) => {
    await using t = await createDiscordTest({ model: answering() });
    const dm = t.discord.addDm();
    const mentions = [{ id: '777', username: 'grace', global_name: 'Grace', discriminator: '0', avatar: null }];
    const content = 'sticker_items' in more || 'poll' in more ? '' : 'look:';

    t.discord.say(`${t.discord.mention} ${content}`, { more: { mentions, ...more } });
    await t.discord.until(() => t.discord.shown().some(isDone));
    const byMention = asked(t.model);
    t.discord.say('', { channelId: dm.id, more: { mentions, ...more } });
    await t.discord.until(() => t.discord.shown(dm.id).some(isDone));
    const byDm = asked(t.model);
    const target = t.discord.say('', { userId: '502', more: { mentions, ...more } });
    const command = t.discord.messageCommand('Ask about this', target);
    await t.discord.until(() => isDone(t.discord.answers(command)[0]));
    const byCommand = asked(t.model);

    for (const word of words) {
      expect(byMention).toContain(word);
      expect(byDm).toContain(word);
      expect(byCommand).toContain(word.replace(/^> /, ''));
    }
    expect(byMention + byDm + byCommand).not.toMatch(/<[@#]|Press me/);
    expect(t.discord.violations).toEqual([]);
  });

  it('is read where a mention replies to it, and so is a file that is all of it', async () => {
    await using t = await createDiscordTest({ model: answering(), discord: READING_ALONG });
    const first = t.discord.say('', { userId: '502', more: { embeds: [embed] } });
    t.discord.say(t.discord.mention, { replyTo: first.id });
    await t.discord.until(() => t.discord.shown().some(isDone));
    expect(asked(t.model)).toContain(
      'Please have a look at this.\n\nUser 502 had written:\n> Release bot\n> Release 4.2',
    );

    const picture = {
      id: '8',
      filename: 'a.png',
      content_type: 'image/png',
      size: 9,
      url: 'https://cdn.example/a.png',
    };
    const second = t.discord.say('', { userId: '502', attachments: [picture] });
    t.discord.say(`${t.discord.mention} what is this?`, { replyTo: second.id });
    await t.discord.until(() => t.discord.shown().filter(isDone).length === 2);

    expect(t.model.calls.at(-1)?.request.messages.at(-1)).toMatchObject({
      content: expect.stringContaining('what is this?\n\nIt is a reply to what User 502 had sent.'),
      imageUrls: [picture.url],
    });
  });

  it('is shown as people read it', async () => {
    await using t = await createDiscordTest({ model: answering() });
    const code = '<a:party:123> </ask:456> <t:1764590400:R> <@&999> <@12345>';

    t.discord.say(`${t.discord.mention} see <#${t.discord.channelId}> ${code}`);
    await t.discord.until(() => t.discord.shown().some(isDone));

    expect(asked(t.model)).toBe('see #general :party: /ask 1 December 2025 at 12:00 (UTC) @a role @somebody');
  });
});

describe('a Discord message in which nothing can be read', () => {
  it.each([
    ['a mention alone', {}, /^What would you like to know/],
    ['a voice message', { attachments: [voice], more: { flags: 1 << 13 } }, /^I cannot listen to voice messages/],
    [
      'a film',
      { attachments: [{ ...voice, filename: 'b.mp4', content_type: 'video/mp4' }] },
      /^I could not read b\.mp4/,
    ],
  ])('is answered with one plain sentence, without asking the model: %s', async (_what, said, sentence) => {
    await using t = await createDiscordTest({ model: answering() });

    t.discord.say(t.discord.mention, said);
    const [answer] = await t.discord.until(() => t.discord.shown().length > 0 && t.discord.shown());

    expect(answer?.content).toMatch(sentence);
    expect(t.model.calls).toEqual([]);
  });

  it.each([
    ['nothing', {}, /^There is no text or image/],
    ['a voice message', { attachments: [voice], more: { flags: 1 << 13 } }, /^I cannot listen/],
    [
      'a film',
      { attachments: [{ ...voice, filename: 'b.mp4', content_type: 'video/mp4' }] },
      /^I could not read b\.mp4/,
    ],
    ['a file that cannot be fetched', { attachments: [note('7')] }, /^I could not read notes\.txt/],
  ])('is not asked about: %s', async (_what, said, sentence) => {
    await using t = await createDiscordTest({ model: answering() });
    const target = t.discord.say('', { userId: '502', ...said });

    const command = t.discord.messageCommand('Ask about this', target);
    await t.discord.until(() => sentence.test(t.discord.answers(command)[0]?.content ?? ''));

    expect(t.model.calls).toEqual([]);
  });

  it('is named where a mention replies to what Discord hides, and asks nothing by itself', async () => {
    await using t = await createDiscordTest({ model: answering() });
    const original = t.discord.say('The gate code is 4711.', { userId: '502' });

    t.discord.say(t.discord.mention, { replyTo: original.id });
    await t.discord.until(() => /^Discord does not show me the message/.test(t.discord.shown()[0]?.content ?? ''));
    expect(t.model.calls).toEqual([]);
    t.discord.say(`${t.discord.mention} what does it mean?`, { replyTo: original.id });
    await t.discord.until(() => t.discord.shown().some(isDone));

    expect(asked(t.model)).toContain('a message of User 502 that you cannot read');
  });
});
