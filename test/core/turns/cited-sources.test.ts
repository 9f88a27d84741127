import { expect, it } from 'vitest';
import { citedSources } from '../../../core/turns/cited-sources.ts';

const sources = [1, 2, 3, 12].map((n) => ({ n, title: `Page ${n}`, url: null, snippet: '', score: 1 }));

it.each([
  ['Hello! How can I help?', []],
  ['It is so [2].', [2]],
  ['First [3], then [1][3], and `code` [12].', [1, 3, 12]],
  ['The first is `argv[1]`, and [2](https://example.com) is a link.', []],
  ['```\nlist[3]\n```\nas said [1]', [1]],
  ['A \\[1] that is escaped, and one that is not there [9].', []],
])('of %j are %j', (text, numbers) => {
  expect(citedSources(sources, text).map(({ n }) => n)).toEqual(numbers);
});
