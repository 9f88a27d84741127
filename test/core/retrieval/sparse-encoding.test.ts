import { describe, expect, it } from 'vitest';
import { encodeDocument, encodeQuery } from '../../../core/retrieval/sparse-encoding.ts';

const document = (text: string, more: { title?: string; headings?: string[]; language?: string } = {}) =>
  encodeDocument({ title: '', headings: [], language: 'en', text, ...more });
const query = (text: string, languages = ['en']) => encodeQuery([{ text, weight: 1 }], languages);

/** How a store without idf would score. */
function match(a: { indices: number[]; values: number[] }, b: { indices: number[]; values: number[] }): number {
  return a.indices.reduce((sum, index, at) => {
    const other = b.indices.indexOf(index);
    return other === -1 ? sum : sum + (a.values[at] ?? 0) * (b.values[other] ?? 0);
  }, 0);
}

describe('encodeDocument', () => {
  it('gives ascending unique unsigned 32-bit ids', () => {
    const { indices, values } = document('zebra apple mango apple kiwi'.repeat(20));

    expect(indices).toEqual([...new Set(indices)].sort((a, b) => a - b));
    expect(indices.every((index) => Number.isInteger(index) && index >= 0 && index <= 0xffffffff)).toBe(true);
    expect(values).toHaveLength(indices.length);
  });

  it('lets a repeated word count more, but ever less so', () => {
    const [once, twice, often] = ['apple', 'apple apple', 'apple '.repeat(50)].map((text) =>
      match(document(text), query('apple')),
    );

    expect(twice).toBeGreaterThan(once ?? 0);
    expect((often ?? 0) - (twice ?? 0)).toBeLessThan(3);
  });

  it('lets a word count less in a long text', () => {
    const filler = Array.from({ length: 300 }, (_, i) => `filler${i}`).join(' ');

    expect(match(document(`apple ${filler}`), query('apple'))).toBeLessThan(match(document('apple'), query('apple')));
  });

  it('finds a chunk by its title and headings', () => {
    const encoded = document('Press the button.', { title: 'Passwords', headings: ['Resetting'] });

    expect(match(encoded, query('reset password'))).toBeGreaterThan(0);
  });

  it('is empty for text without words', () => {
    expect(document('— 🎉 —')).toEqual({ indices: [], values: [] });
  });
});

describe('encodeQuery', () => {
  it('finds other forms of a word, in the language of the document', () => {
    expect(match(document('Installationen', { language: 'de' }), query('Installation', ['en', 'de']))).toBeGreaterThan(
      0,
    );
    expect(match(document('resetting passwords'), query('reset password'))).toBeGreaterThan(0);
  });

  it('finds accented words typed without accents', () => {
    expect(match(document('Schlüssel', { language: 'de' }), query('schlussel', ['de', 'en']))).toBeGreaterThan(0);
  });

  it('finds words of Vietnamese typed without marks, but better with them', () => {
    const table = document('cái bàn này', { language: 'vi' });
    const friend = document('người bạn này', { language: 'vi' });

    expect(match(table, query('bàn', ['vi', 'en']))).toBeGreaterThan(match(table, query('ban', ['vi', 'en'])));
    expect(match(table, query('ban', ['vi', 'en']))).toBeGreaterThan(0);
    expect(match(friend, query('bàn', ['vi', 'en']))).toBe(0);
  });

  it('finds German words typed without umlauts', () => {
    expect(match(document('Schlüssel', { language: 'de' }), query('Schluessel', ['de']))).toBeGreaterThan(0);
    expect(match(document('Größe', { language: 'de' }), query('groesse', ['de', 'en']))).toBeGreaterThan(0);
  });

  it('finds Turkish words in capitals by small letters, and the other way round', () => {
    const turkish = (text: string) => document(text, { language: 'tr' });

    expect(match(turkish('ISPARTA'), query('ısparta', ['tr', 'en']))).toBeGreaterThan(0);
    expect(match(turkish('ışık'), query('IŞIK', ['en', 'tr']))).toBeGreaterThan(0);
    expect(match(turkish('İstanbul'), query('istanbul', ['tr']))).toBeGreaterThan(0);
  });

  it('leaves out stop words of the language but not of another one', () => {
    expect(query('what is the')).toEqual({ indices: [], values: [] });
    expect(query('die', ['de']).indices).toHaveLength(0);
    expect(query('die', ['en']).indices).toHaveLength(1);
  });

  it('leaves out the stop words of the language that a question is plainly in for all languages', () => {
    const polish = document('do domu', { language: 'pl' });

    expect(match(polish, query('How do I install it?', ['en', 'pl']))).toBe(0);
    expect(match(polish, query('do domu', ['en', 'pl']))).toBeGreaterThan(0);
  });

  it('adds up the weights of turns that share a word', () => {
    const weighted = encodeQuery(
      [
        { text: 'apple', weight: 1 },
        { text: 'apple', weight: 0.5 },
      ],
      ['en'],
    );

    expect(weighted.values).toEqual([1.5]);
  });

  it('works without any stemmer for the language', () => {
    expect(match(document('слово', { language: 'xx' }), query('Слово', ['xx']))).toBeGreaterThan(0);
  });
});
