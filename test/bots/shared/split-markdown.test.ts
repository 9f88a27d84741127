import { describe, expect, it } from 'vitest';
import { splitMarkdown } from '../../../bots/shared/split-markdown.ts';
import { createStreamSplitter } from '../../../bots/shared/stream-splitter.ts';
import { fc } from '../../support/fast-check.ts';
import { anyMarkdown, withoutFences } from '../../support/markdown-arbitrary.ts';
import { processorMs } from '../../support/processor-time.ts';

const words = (count: number, word = 'word') => Array.from({ length: count }, (_, n) => `${word}${n}`).join(' ');

describe('splitting an answer', () => {
  it('leaves a short one as it is', () => {
    expect(splitMarkdown('Hello **there**.\n', { limit: 2000 })).toEqual(['Hello **there**.']);
  });

  it('gives no part for nothing', () => {
    expect(splitMarkdown(' \n\n ', { limit: 100 })).toEqual([]);
  });

  it('cuts between paragraphs', () => {
    const paragraphs = ['a', 'b', 'c'].map((word) => words(8, word));

    expect(splitMarkdown(paragraphs.join('\n\n'), { limit: 40 })).toEqual(paragraphs);
  });

  it('cuts between lines when a paragraph is too long, and between words when a line is', () => {
    expect(splitMarkdown('one two\nthree four\nfive six', { limit: 18 })).toEqual(['one two\nthree four', 'five six']);
    expect(splitMarkdown('one two three four five', { limit: 14 })).toEqual(['one two three', 'four five']);
  });

  it('fills a part with the beginning of what has to be cut anyway', () => {
    expect(splitMarkdown(`Intro.\n\n${words(20)}`, { limit: 60 })[0]).toMatch(/^Intro\.\n\nword0 word1/);
  });

  it('does not cut what fits a part of its own', () => {
    const list = '- one one one\n- two two two';
    const table = '| a | b |\n|---|---|\n| 1 | 2 |';
    const link = '[a link with words](https://example.com/a)';

    expect(splitMarkdown(`Some words.\n\n${list}`, { limit: 30 })).toEqual(['Some words.', list]);
    expect(splitMarkdown(`Some words.\n\n${table}`, { limit: 34 })).toEqual(['Some words.', table]);
    expect(splitMarkdown(`Some words ${link} end`, { limit: 45 })).toEqual(['Some words', link, 'end']);
  });

  it('cuts a long table between rows, its head with the first', () => {
    const rows = Array.from({ length: 6 }, (_, n) => `| ${n} | row |`);
    const parts = splitMarkdown(['| n | what |', '|---|---|', ...rows].join('\n'), { limit: 50 });

    expect(parts.length).toBeGreaterThan(1);
    expect(parts[0]).toMatch(/^\| n \| what \|\n\|---\|---\|\n\| 0 /);
    for (const line of parts.flatMap((part) => part.split('\n'))) expect(line).toMatch(/^\|.*\|$/);
  });

  it('keeps a heading with what follows it', () => {
    expect(splitMarkdown('Some words here.\n\n## Ports\n\nThe port is 3000.', { limit: 32 })).toEqual([
      'Some words here.',
      '## Ports\n\nThe port is 3000.',
    ]);
  });

  it('closes a code block that is cut, and reopens it with its language', () => {
    const code = ['const a = 1;', 'const b = 2;', 'const c = 3;'];

    expect(splitMarkdown(`\`\`\`ts\n${code.join('\n')}\n\`\`\``, { limit: 36 })).toEqual([
      `\`\`\`ts\n${code[0]}\n${code[1]}\n\`\`\``,
      `\`\`\`ts\n${code[2]}\n\`\`\``,
    ]);
  });

  it('keeps the indentation of code', () => {
    const parts = splitMarkdown('```py\ndef one():\n    return 11111\n    return 22222\n```', { limit: 40 });

    expect(parts[1]).toBe('```py\n    return 22222\n```');
  });

  it('closes a code block that the model left open', () => {
    expect(splitMarkdown('Look:\n\n~~~sh\nls', { limit: 100 })).toEqual(['Look:\n\n~~~sh\nls\n~~~']);
  });

  it('reopens a code block that is quoted, or in a list, so that it is one again', () => {
    const quoted = splitMarkdown('> ```ts\n> const a = 1;\n> const b = 2;\n> ```', { limit: 32 });
    const commands = ['install', 'start', 'test', 'stop'].map((name) => `   npm ${name}`);
    const listed = splitMarkdown(['1. Run:', '   ```sh', ...commands, '   ```', '2. Go'].join('\n'), { limit: 43 });

    expect(quoted).toEqual(['> ```ts\n> const a = 1;\n> ```', '> ```ts\n> const b = 2;\n> ```']);
    expect(listed).toEqual([
      '1. Run:\n   ```sh\n   npm install\n   ```',
      '```sh\nnpm start\nnpm test\nnpm stop\n```\n2. Go',
    ]);
  });

  it('takes the indentation off list items that begin a part, which would make them code', () => {
    const parts = splitMarkdown('- outer\n    - inner one one\n    - inner two two\n- last', { limit: 28 });

    expect(parts).toEqual(['- outer\n    - inner one one', '- inner two two\n- last']);
  });

  it('counts as it is told to', () => {
    const parts = splitMarkdown('a & b & c & d', {
      limit: 15,
      measure: (part) => part.replaceAll('&', '&amp;').length,
    });

    expect(parts).toEqual(['a & b &', 'c & d']);
  });

  it('cuts a word that no part can hold, never through a character', () => {
    const family = '👨‍👩‍👧';

    expect(splitMarkdown(family.repeat(4), { limit: 20 })).toEqual([family.repeat(2), family.repeat(2)]);
    expect(splitMarkdown('x'.repeat(25), { limit: 10 })).toEqual(['x'.repeat(10), 'x'.repeat(10), 'x'.repeat(5)]);
  });

  it('cuts an opening line that would fill a message like text', () => {
    for (const part of splitMarkdown(`\`\`\`${'x'.repeat(200)}\nls\n\`\`\``, { limit: 50 })) {
      expect(part.length).toBeLessThanOrEqual(50);
    }
  });
});

describe('whatever the answer', () => {
  it('each part is within the limit and says something', () => {
    fc.assert(
      fc.property(anyMarkdown, fc.integer({ min: 40, max: 400 }), (markdown, limit) => {
        for (const part of splitMarkdown(markdown, { limit })) {
          expect(part.length).toBeLessThanOrEqual(limit);
          expect(part.trim()).not.toBe('');
        }
      }),
      { numRuns: 150 },
    );
  });

  it('the parts together are the text again, fences and white space aside', () => {
    fc.assert(
      fc.property(anyMarkdown, fc.integer({ min: 40, max: 400 }), (markdown, limit) => {
        const parts = splitMarkdown(markdown, { limit });
        expect(parts.map(withoutFences).join('')).toBe(withoutFences(markdown));
      }),
      { numRuns: 150 },
    );
  });

  it('no part ends within a code block, and no character is cut', () => {
    fc.assert(
      fc.property(anyMarkdown, fc.integer({ min: 40, max: 400 }), (markdown, limit) => {
        for (const part of splitMarkdown(markdown, { limit })) {
          expect(part.split('```').length % 2).toBe(1);
          expect(part.isWellFormed()).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('its parts while it is written are within the limit, and final once another has begun', () => {
    fc.assert(
      fc.property(
        anyMarkdown,
        fc.integer({ min: 60, max: 400 }),
        fc.integer({ min: 3, max: 60 }),
        (text, limit, step) => {
          const splitter = createStreamSplitter({ limit });
          let before: string[] = [];
          for (let at = 0; at < text.length; at += step) {
            const parts = splitter.push(text.slice(at, at + step));
            for (const part of parts) expect(part.length).toBeLessThanOrEqual(limit);
            expect(parts.slice(0, Math.max(0, before.length - 1))).toEqual(before.slice(0, -1));
            for (const part of parts) expect(part.isWellFormed()).toBe(true);
            before = parts;
          }
          const whole = splitter.end();
          expect(whole.map(withoutFences).join('')).toBe(withoutFences(text));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('a long one is split in a moment', async () => {
    const markdown = `${words(3000)}\n\n\`\`\`\n${Array.from({ length: 500 }, (_, n) => `line ${n}`).join('\n')}\n\`\`\``;

    const ms = await processorMs(() => splitMarkdown(markdown, { limit: 2000 }));

    expect(ms).toBeLessThan(1500);
  });
});

describe('a hostile answer', () => {
  it.each([
    ['quotes', '> '.repeat(8000)],
    ['lists', '- '.repeat(8000)],
    ['brackets', '['.repeat(16_000)],
    ['stars', '*a '.repeat(5000)],
    ['code blocks', '```\n'.repeat(4000)],
    ['half links', '[a]('.repeat(4000)],
  ])('of nothing but %s is split as well', (_, markdown) => {
    const parts = splitMarkdown(markdown, { limit: 2000 });

    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(2000);
  });
});

describe('splitting while it streams', () => {
  it('shows an open code block closed', () => {
    const splitter = createStreamSplitter({ limit: 100 });

    expect(splitter.push('Run:\n\n```sh\nnpm i')).toEqual(['Run:\n\n```sh\nnpm i\n```']);
    expect(splitter.push('nstall\n```')).toEqual(['Run:\n\n```sh\nnpm install\n```']);
    expect(splitter.push('\n\nDone')).toEqual(['Run:\n\n```sh\nnpm install\n```\n\nDone']);
  });

  it('does not cut a link that is being written', () => {
    const splitter = createStreamSplitter({ limit: 60 });

    splitter.push('Some forty characters of text, and then [a ');
    splitter.push('link with words](https://exa');
    const parts = splitter.push('mple.com/a) that goes on.');

    expect(parts).toEqual([
      'Some forty characters of text, and then',
      '[a link with words](https://example.com/a) that goes on.',
    ]);
  });

  it('reopens a code block in the next part and goes on there', () => {
    const splitter = createStreamSplitter({ limit: 80 });
    const lines = Array.from({ length: 12 }, (_, n) => `line number ${n}\n`);

    splitter.push('```sh\n');
    for (const line of lines) splitter.push(line);
    splitter.push('```\n\nDone.');
    const parts = splitter.end();

    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts.slice(0, -1)) expect(part).toMatch(/^```sh\n[\s\S]*\n```$/);
    expect(parts.at(-1)).toMatch(/^```sh\n[\s\S]*\n```\n\nDone\.$/);
  });
});
