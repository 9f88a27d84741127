import { describe, expect, it } from 'vitest';
import { toVisibleText } from '../../../bots/twitch/visible-text.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTwitchTest } from './twitch-harness.ts';

/** What clients append to the same text, or people hide in it. */
const UNSEEN = [
  '\u034F',
  '\u{E0000}',
  '\u200B',
  '\u200D',
  '\u2800',
  '\u3164',
  '\u00AD',
  '\uFE0F',
  '\u{E0001}\u{E0067}',
  '\u2060',
];

describe('what nobody sees', () => {
  it.each(UNSEEN)('is dropped from a command: %j', (unseen) => {
    for (const text of [
      `!stop ${unseen}`,
      `!stop${unseen}`,
      `${unseen}!stop`,
      `!st${unseen === '\u2800' ? '' : unseen}op`,
    ])
      expect(toVisibleText(text)).toBe('!stop');
    expect(toVisibleText(`!forget${unseen} confirm${unseen}`).replace(/ +/, ' ')).toBe('!forget confirm');
    expect(toVisibleText(`!ai cooldown 10${unseen}`)).toBe('!ai cooldown 10');
  });

  it.each([
    ['emoji', '👨‍👩‍👧 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣ 🏳️‍🌈 👩🏽‍🚀'],
    ['Persian', 'می‌خواهم'],
    ['Hindi', 'क्‍ष शक्‍'],
    ['Sinhala', 'ශ්‍රී ලංකා'],
    ['a variant of a Chinese sign', '葛󠄀'],
    ['Braille', '⠓⠊⠀⠞⠓⠑⠗⠑'],
  ])('stays where it is meant, in %s', (_what, text) => {
    expect(toVisibleText(`!ask ${text}\u{E0000}`)).toBe(`!ask ${text}`);
  });

  it('keeps no chat command from being understood', async () => {
    await using t = await createTwitchTest({
      model: createScriptedModel({ reply: () => 'Hello.' }),
      moderates: ['ada'],
    });
    const texts = [
      '!help \u{E0000}',
      '!forget confirm\u034F',
      '!stop\u200B',
      '@parley \u2800hi \u{E0000}',
      '!new \u3164',
    ];

    for (const text of texts) {
      const said = t.twitch.say('ada', text, { by: t.twitch.addPerson() });
      await t.twitch.until(() => t.twitch.answersTo(said)[0]);
    }

    expect(t.model.calls.map(({ request }) => request.messages.at(-1)?.content)).toEqual(['hi']);
  });
});
