import { describe, expect, it } from 'vitest';
import { chunkDocument } from '../../../core/knowledge/chunk-document.ts';
import { parseMarkdown } from '../../../core/knowledge/formats/markdown.ts';
import { fc } from '../../support/fast-check.ts';

const chunk = (markdown: string, options = {}) => chunkDocument(parseMarkdown(markdown).blocks, options);
const long = (word: string, sentences = 30) => `${`This sentence is about ${word}. `.repeat(sentences)}`.trim();

describe('chunks', () => {
  it('know the headings above them and the anchor of the nearest', () => {
    const chunks = chunk(`# Guide\n\n${long('guides')}\n\n## Install\n\n### Linux\n\n${long('Linux')}`, {
      title: 'Guide',
    });

    expect(chunks.map(({ headings, anchor }) => ({ headings, anchor }))).toEqual([
      { headings: [], anchor: 'guide' },
      { headings: ['Install', 'Linux'], anchor: 'linux' },
    ]);
  });

  it('gather small neighbours under the heading they share', () => {
    const small = ['Red', 'Green', 'Blue'].map((name) => `### ${name}\n\n${name} is a colour.`).join('\n\n');
    const chunks = chunk(`# Colours\n\n${long('colours')}\n\n## Basic\n\n${long('basics')}\n\n${small}`);

    expect(chunks.at(-1)).toEqual({ headings: ['Colours', 'Basic'], anchor: 'red', text: small });
  });

  it('do not gather sections that have to stay apart', () => {
    const chunks = chunk('## One?\n\nYes.\n\n## Two?\n\nNo.', { keepSectionsApart: true });

    expect(chunks.map(({ headings, text }) => [headings[0], text])).toEqual([
      ['One?', 'Yes.'],
      ['Two?', 'No.'],
    ]);
  });

  it('repeat the last sentence where a long section is cut, and nowhere else', () => {
    const [first, second, ...rest] = chunk(`## A\n\n${long('apples', 60)}`);

    expect(rest).toHaveLength(0);
    expect(second?.text.startsWith('This sentence is about apples.')).toBe(true);
    expect((first?.text.length ?? 0) + (second?.text.length ?? 0)).toBeGreaterThan(long('apples', 60).length);
    const apart = chunk(`## A\n\n${long('apples', 20)}\n\n## B\n\n${long('bees', 20)}`);
    expect(apart.map(({ text }) => text)).toEqual([long('apples', 20), long('bees', 20)]);
  });

  it('hold a code fence whole although it is longer than the target', () => {
    const code = `\`\`\`ts\n${'const value = 1;\n'.repeat(150)}\`\`\``;

    expect(chunk(`## Code\n\n${long('code')}\n\n${code}`).some(({ text }) => text.includes(code))).toBe(true);
  });

  it('fence every part of code that no chunk can hold', () => {
    const chunks = chunk(`\`\`\`ts\n${'const value = 1;\n'.repeat(900)}\`\`\``);

    expect(chunks.length).toBeGreaterThan(1);
    for (const { text } of chunks) expect(text).toMatch(/^```ts\n[^`]*\n```$/);
  });

  it('repeat the header of a table that no chunk can hold', () => {
    const rows = Array.from({ length: 400 }, (_, n) => `| ${n} | value of row ${n} |`).join('\n');
    const chunks = chunk(`| n | value |\n|---|---|\n${rows}`);

    expect(chunks.length).toBeGreaterThan(1);
    for (const { text } of chunks) expect(text.startsWith('| n | value |\n|---|---|\n| ')).toBe(true);
  });

  it('keep all steps of a list together, although there are many', () => {
    const steps = Array.from({ length: 12 }, (_, n) => `${n + 1}. ${long('apples', 2)}`).join('\n');

    expect(chunk(`${long('bees', 12)}\n\n${steps}`).some(({ text }) => text.includes(steps))).toBe(true);
  });

  it('keep the lines of a list together', () => {
    expect(chunk('Buy:\n\n- milk\n- tea\n\nThanks.').map(({ text }) => text)).toEqual([
      'Buy:\n\n- milk\n- tea\n\nThanks.',
    ]);
  });

  it('are none for a document without text', () => {
    expect(chunk('')).toEqual([]);
  });

  it('keep a heading that has nothing below it', () => {
    expect(chunk('# Only a title')).toMatchObject([{ headings: ['Only a title'], text: 'Only a title' }]);
  });
});

const word = fc.stringMatching(/^[a-zäöé]{1,12}$/);
const sentence = fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => `${words.join(' ')}.`);
const paragraph = fc.array(sentence, { minLength: 1, maxLength: 25 }).map((list) => list.join(' '));
const piece = fc.oneof(
  { weight: 4, arbitrary: paragraph },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 6 }), word).map(([n, text]) => `${'#'.repeat(n)} ${text}`),
  },
  fc.array(paragraph, { minLength: 1, maxLength: 40 }).map((lines) => `\`\`\`\n${lines.join('\n')}\n\`\`\``),
  fc.array(sentence, { minLength: 1, maxLength: 30 }).map((lines) => lines.map((line) => `- ${line}`).join('\n')),
  fc
    .array(sentence, { minLength: 1, maxLength: 30 })
    .map((rows) => ['| a |', '|---|', ...rows.map((row) => `| ${row} |`)].join('\n')),
);
const markdown = fc.array(piece, { minLength: 1, maxLength: 25 }).map((pieces) => numbered(pieces.join('\n\n')));

/** Every word made unlike any other, so that a lost one is missed. */
function numbered(text: string): string {
  let n = 0;
  return text.replace(/[a-zäöé]+/g, (found) => `${found}${n++}`);
}

const wordsOf = (text: string) => text.match(/[a-zäöé]+\d+/g) ?? [];

describe('whatever the document', () => {
  it('no word is lost', () => {
    fc.assert(
      fc.property(markdown, (source) => {
        const kept = new Set(chunk(source).flatMap(({ headings, text }) => wordsOf([...headings, text].join(' '))));

        expect(wordsOf(source).filter((one) => !kept.has(one))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('every fence that opens in a chunk closes in it', () => {
    fc.assert(
      fc.property(markdown, (source) => {
        for (const { text } of chunk(source)) expect((text.match(/^```/gm) ?? []).length % 2).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('no chunk is empty or larger than the limit', () => {
    fc.assert(
      fc.property(markdown, (source) => {
        for (const { text } of chunk(source)) {
          expect(text.trim()).not.toBe('');
          // The limit, the overlap before it and the line between the two.
          expect(text.length).toBeLessThanOrEqual(4800 + 160 + 2);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('any string at all can be read and cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), (source) => {
        for (const { text } of chunk(source, { targetCharacters: 200, maxCharacters: 400 })) {
          expect(text.length).toBeLessThanOrEqual(600);
        }
      }),
      { numRuns: 60 },
    );
  });
});
