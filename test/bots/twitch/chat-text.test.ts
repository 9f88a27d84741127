import { describe, expect, it } from 'vitest';
import { toAnswerText } from '../../../bots/twitch/answer-text.ts';
import { MOST_CHARACTERS } from '../../../bots/twitch/chat-text.ts';
import { toPlainText } from '../../../bots/twitch/plain-text.ts';
import { fc } from '../../support/fast-check.ts';

const url = 'https://parley.example/a/abcdefghijkl';
const share = async () => url;
const say = (content: string, ending = '') => toAnswerText({ content, sources: [] }, { ending, share });

describe('an answer as one chat message', () => {
  it.each([
    ['# Hours\n\nWe **open** at _nine_.', 'Hours: We open at nine.'],
    ['- one\n- two\n  - three', '• one • two • three'],
    ['3. one\n4. two', '3) one 4) two'],
    ['Run `npm ci`, see [the docs](https://docs.example/ci).', 'Run npm ci, see the docs.'],
    ['> quoted\n\n~~gone~~ <b>bold</b>', 'quoted gone bold'],
    ['| day | hour |\n|---|---|\n| Mon | 9 |\n| Tue | 10 |', 'day: Mon, hour: 9; day: Tue, hour: 10'],
    ['It is nine [1][2].', 'It is nine.'],
    ['See https://docs.example/x', 'See https://docs.example/x'],
  ])('is plain text: %s', (markdown, text) => {
    expect(toPlainText(markdown).text).toBe(text);
  });

  it('keeps a line of code and shortens a page of it, and says where the rest is', async () => {
    expect(await say('Run:\n\n```sh\nnpm start\n```')).toBe('Run: npm start');
    expect(await say(`Run:\n\n\`\`\`\n${'x = 1\n'.repeat(40)}\`\`\`\n\nDone.`)).toMatch(
      /^Run: (x = 1 )+.*… Done… https:\/\/parley\.example\/a\/abcdefghijkl$/,
    );
  });

  it('ends a sentence where it can when it is cut', async () => {
    const text = await say(`${'This is a sentence. '.repeat(19)}${'And a very long one goes on '.repeat(20)}`);

    expect(text).toBe(`${'This is a sentence. '.repeat(19).trim().slice(0, -1)}… ${url}`);
  });

  it('tells that an answer broke off, and never says nothing', async () => {
    expect(await say('The first half', 'The answer broke off.')).toBe('The first half The answer broke off.');
    expect(await say('...')).toBe('I have no answer to that.');
  });

  it.each([
    '/ban ada',
    './timeout ada',
    '\\/mods',
    '. /ban ada',
    '\u200B/ban ada',
    '!so ada',
    '\r\n/ban ada',
    '​ ./!\\/ban ada',
  ])('is no command, though the model writes %j', async (text) => {
    expect(await say(text)).toMatch(/^(?:ban|timeout|mods|so)/);
  });

  it('pings nobody, and leaves addresses alone', async () => {
    expect(await say('Ask @ada or mail ada@example.com')).toBe('Ask @\u200Bada or mail ada@example.com');
  });

  it('is one line within the limit and no command, whatever the model writes', async () => {
    const pieces = fc.constantFrom(
      '/',
      '.',
      '\\',
      '!',
      '\r\n',
      '\0',
      '@everyone',
      '# ',
      '```',
      '\u200B',
      '👩‍👩‍👧',
      ' ',
      '\n\n',
    );
    const text = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary' }), fc.lorem()), { maxLength: 60 });

    await fc.assert(
      fc.asyncProperty(text, fc.boolean(), async (parts, isEnding) => {
        const said = await say(parts.join(''), isEnding ? 'The answer broke off. Please try again.' : '');

        expect(said.length).toBeLessThanOrEqual(MOST_CHARACTERS);
        expect(said).toMatch(/^[^\s/.\\!\p{Cc}][^\p{Cc}\u2028\u2029]*$/u);
        expect(said.isWellFormed()).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
