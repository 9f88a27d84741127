import { describe, expect, it } from 'vitest';
import { toSnippet } from '../../../core/messages/snippet.ts';

describe('the snippet of a passage', () => {
  it.each([
    [
      'a heading',
      'Refunds take\nfive days.\n\n## Gift cards\n\nNot refunded.',
      'Refunds take five days. Gift cards Not refunded.',
    ],
    ['marked words', 'Run `npm ci`, **then** *wait* for [it](https://a.example/b).', 'Run npm ci, then wait for it.'],
    ['a list and a quotation', '> Said Ada\n\n- one\n* two\n+ three', 'Said Ada one two three'],
    ['a table', '| Name | Default |\n|---|:--:|\n| `PORT` | 3000 |', 'Name Default PORT 3000'],
    ['code', '```sh\nnpm ci\n```\n\nThat is all.', 'npm ci That is all.'],
    [
      'what only looks like markup',
      'ledger_entries, 2 * 3 * 4, a | b, #1, C#',
      'ledger_entries, 2 * 3 * 4, a | b, #1, C#',
    ],
    ['nothing', ' \n ', ''],
  ])('reads %s as people do', (_, markdown, snippet) => {
    expect(toSnippet(markdown)).toBe(snippet);
  });

  it('is cut between words, and says so', () => {
    const snippet = toSnippet('every word counts, '.repeat(100));

    expect(snippet).toMatch(/(every|word|counts)…$/);
    expect(snippet.length).toBeGreaterThan(260);
    expect(snippet.length).toBeLessThanOrEqual(281);
  });

  it('is cut where there is no word to end', () => {
    expect(toSnippet('字'.repeat(400))).toBe(`${'字'.repeat(280)}…`);
  });
});
