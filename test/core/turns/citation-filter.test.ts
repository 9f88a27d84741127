import { describe, expect, it } from 'vitest';
import { createCitationFilter } from '../../../core/turns/citation-filter.ts';
import { fc } from '../../support/fast-check.ts';

function filter(text: string, passageCount = 3): string {
  const citations = createCitationFilter(passageCount);
  return citations.push(text) + citations.end();
}

function filterInPieces(text: string, cuts: number[], passageCount: number): string {
  const citations = createCitationFilter(passageCount);
  let shown = '';
  let from = 0;
  for (const cut of cuts.map((at) => at % (text.length + 1)).sort((a, b) => a - b)) {
    shown += citations.push(text.slice(from, cut));
    from = cut;
  }
  return shown + citations.push(text.slice(from)) + citations.end();
}

/** Text made of what matters here, so that the interesting combinations come up often. */
const markdown = fc
  .array(
    fc.constantFrom(
      ...[
        '[1]',
        '[9]',
        '[1, 9]',
        '[2-7]',
        '[',
        ']',
        '(',
        ')',
        '[ ]',
        '[a](b[9])',
        '[9](x)',
        '[^9]',
        '\\',
        ' ',
        '\n',
        '\n\n',
      ],
      ...['`', '``', '```', '~~~', '```js', '- ', '> ', 'a', 'word', '.', '9', ',', '-', 'é', '🦜'],
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

describe('the citation filter', () => {
  it('keeps numbers of passages and removes all others', () => {
    expect(filter('Yes [1], no [4], never [0] and [12].')).toBe('Yes [1], no , never and .');
  });

  it('leaves one space where a number stood between two', () => {
    expect(filter('before [7] after')).toBe('before after');
  });

  it.each([
    ['[1, 7]', '[1]'],
    ['[1][9]', '[1]'],
    ['[9][1]', '[1]'],
    ['[7, 8]', ''],
    ['[1, 3]', '[1][3]'],
    ['[1;2]', '[1][2]'],
    ['[2-9]', '[2][3]'],
    ['[1–2]', '[1][2]'],
    ['[ 2 ]', '[2]'],
    ['[99999999999999999999]', ''],
  ])('turns %s into single citations that exist: %s', (written, shown) => {
    expect(filter(written)).toBe(shown);
  });

  it.each([
    ['a fence', '```js\nconst a = b[9];\n```\n'],
    ['a fence of tildes in a list', '- ~~~\n  b[9]\n  ~~~\n'],
    ['a longer fence around a shorter one', '````\n```\nb[9]\n```\n````\n'],
    ['inline code', 'Use `b[9]` or ``b`[9]``.'],
    ['code with three backticks inside a line', '```b[9]``` is code'],
    ['a link', 'See [9](https://example.com/a[9]) and [the guide](b.md).'],
    ['a task list', '- [ ] open\n- [x] done'],
    ['a footnote', 'So it is[^9].\n\n[^9]: Because.'],
    ['an escaped bracket', 'The list \\[9\\] is short.'],
    ['brackets around words', 'He said [sic] and [a 9].'],
    ['a bracket that never closes', 'see [9'],
    ['an empty pair', '[]'],
  ])('leaves %s as it is', (_what, text) => {
    expect(filter(text)).toBe(text);
  });

  it('goes on filtering after code has ended', () => {
    expect(filter('```\nb[9]\n```\nThen [9]. `b[9]` [8]')).toBe('```\nb[9]\n```\nThen . `b[9]` ');
    expect(filter('```b[9]``` then [9]')).toBe('```b[9]``` then ');
    expect(filter('it`s odd [9]\n\nbut [9]here')).toBe('it`s odd [9]\n\nbut here');
  });

  it('shows text without brackets at once', () => {
    const citations = createCitationFilter(3);

    for (const delta of ['Press', ' the ', 'button, `then`', '\n', '- wait ', '🦜']) {
      expect(citations.push(delta)).toBe(delta);
    }
  });

  it('shows a citation that exists as soon as it is complete', () => {
    const citations = createCitationFilter(3);

    expect(citations.push('so [')).toBe('so ');
    expect(citations.push('2')).toBe('');
    expect(citations.push(']')).toBe('[2]');
  });

  it('holds back no more than the beginning of a citation', () => {
    const citations = createCitationFilter(3);

    expect(citations.push(`[${'1, '.repeat(40)}`).length).toBeGreaterThan(50);
    expect(citations.push(' [see')).toContain('[see');
  });

  it('gives the same result however the answer is cut into deltas', () => {
    fc.assert(
      fc.property(markdown, fc.array(fc.nat()), fc.nat({ max: 4 }), (text, cuts, passageCount) => {
        expect(filterInPieces(text, cuts, passageCount)).toBe(filter(text, passageCount));
      }),
      { numRuns: 1000 },
    );
  });

  it('changes nothing in text without brackets', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.nat()), (text, cuts) => {
        fc.pre(!text.includes('['));
        expect(filterInPieces(text, cuts, 3)).toBe(text);
      }),
    );
  });

  it('leaves no number in prose that points to no passage', () => {
    const prose = fc
      .array(fc.constantFrom('[1]', '[4]', '[0]', '[2, 5]', '[[9]]', '[1][7]', ' ', '\n', 'word', '.', '[', ']'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(prose, (text) => {
        const numbers = [...filter(text).matchAll(/\[(\d+)\]/g)].map(([, n]) => Number(n));
        expect(numbers.every((n) => n >= 1 && n <= 3)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
