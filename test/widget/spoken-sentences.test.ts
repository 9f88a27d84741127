import { expect, it } from 'vitest';
import { nextSentences } from '../../widget/src/spoken-sentences.ts';

it('says a sentence when it is whole, and not again', () => {
  const first = nextSentences('It costs 5. And it', 0, false);
  const second = nextSentences('It costs 5. And it lasts.', first.heard, true);

  expect([first.words, second.words]).toEqual(['It costs 5.', 'And it lasts.']);
});

it('says nothing of half a sentence', () => {
  expect(nextSentences('It costs', 0, false)).toEqual({ words: '', heard: 0 });
});

it('leaves out citations and marks of Markdown', () => {
  expect(
    nextSentences('## Start\n\n- Run **`npm start`** [1][2].\n- See [the docs](https://a.example/b).', 0, true).words,
  ).toBe('Start Run npm start. See the docs.');
});
