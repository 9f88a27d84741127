import { describe, expect, it } from 'vitest';
import { toDiscordMarkdown } from '../../../bots/discord/discord-markdown.ts';
import { toSourceLines } from '../../../bots/discord/source-lines.ts';
import { fc } from '../../support/fast-check.ts';

const source = (n: number, title: string, url: string | null) => ({ n, title, url, snippet: '', score: 1 });

describe('Markdown for Discord', () => {
  it.each([
    ['a table', '| a | b |\n|---|---|\n| 1 | **two** |', '```\na  b\n─  ───\n1  two\n```'],
    ['a deep heading', '#### Deep *er*', '**Deep er**'],
    ['an underlined heading', 'Title\n=====', '# Title'],
    ['an image', 'See ![a [cat]](https://x.example/c.png).', 'See [a cat](https://x.example/c.png).'],
    ['a rule', 'one\n\n---\n\ntwo', 'one\n\n─────\n\ntwo'],
  ])('shows %s as what Discord knows', (_what, written, shown) => {
    expect(toDiscordMarkdown(written)).toBe(shown);
  });

  it.each([
    ['code', '```md\n| a | b |\n|---|---|\n#### x\n```'],
    ['headings, lists, links and quotes', '# A\n\n- **b** [c](https://d.example)\n\n> e `f` ~~g~~'],
    ['a table in a list', '- | a |\n  |---|\n  | 1 |'],
  ])('leaves %s as it was written', (_what, text) => {
    expect(toDiscordMarkdown(text)).toBe(text);
  });

  it('does not let a cell end the code that the table is shown in', () => {
    expect(toDiscordMarkdown('| a |\n|---|\n| `` ``` `` |').match(/```/g)).toHaveLength(2);
  });

  it('takes any text', () => {
    const pieces = fc.constantFrom('|', '---', '\n', '#', ' ', 'a', '`', '```', '![', '](', ')', '*', '>', '-', '=');
    fc.assert(fc.property(fc.array(pieces, { maxLength: 40 }), (text) => void toDiscordMarkdown(text.join(''))));
  });
});

describe('the sources below an answer on Discord', () => {
  it('are those that the answer cites, each page once, and can be clicked', () => {
    const sources = [
      source(1, 'Guide', 'https://x.example/g#one'),
      source(2, 'Other', 'https://x.example/o'),
      source(3, 'Guide', 'https://x.example/g#two'),
    ];

    expect(toSourceLines('So [1] and [3].', sources)).toEqual(['-# [1][3] [Guide](<https://x.example/g#one>)']);
  });

  it('cannot break out of their link', () => {
    const hostile = source(1, 'a](https://evil.example) <@1> **b**', 'https://x.example/a>b c');

    expect(toSourceLines('[1]', [hostile])).toEqual([
      '-# [1] [a)(https://evil.example) ‹@1\\> \\*\\*b\\*\\*](<https://x.example/a%3Eb%20c>)',
    ]);
  });

  it.each([null, 'javascript:alert(1)', 'file:///etc/passwd'])('are not linked to %s', (url) => {
    expect(toSourceLines('[1]', [source(1, 'Notes', url)])).toEqual(['-# [1] Notes']);
  });
});
