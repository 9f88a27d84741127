import { expect, it } from 'vitest';
import { coverageOf } from '../../../core/retrieval/coverage.ts';

const text = (words: string) => ({ title: 'Handbook', headings: ['Refunds'], text: words });

it('is the share of the words asked for that one text has, by their stems, stop words aside', () => {
  expect(
    coverageOf('How are refunds shipped to Lisbon?', [text('Shipping is free.'), text('Nothing.')], ['en']),
  ).toBeCloseTo(2 / 3);
});

it('counts a title and headings as text', () => {
  expect(coverageOf('the handbook', [text('')], ['en'])).toBe(1);
});

it('says nothing about a question without words of its own', () => {
  expect(coverageOf('what about it?', [text('anything')], ['en'])).toBeNull();
});
