import { describe, expect, it } from 'vitest';
import { sourceLines } from '../../../bots/shared/source-lines.ts';
import type { MessageSource } from '../../../core/messages/message.ts';

const source = (n: number, title: string, url: string | null): MessageSource => ({
  n,
  title,
  url,
  snippet: '',
  score: 1,
});
const sources = [
  source(1, 'Install', 'https://docs.example.com/install#linux'),
  source(2, 'Ports', 'https://docs.example.com/ports'),
  source(3, 'Install', 'https://docs.example.com/install#mac'),
  source(4, 'Notes', null),
];
const line = ({ numbers, title, url }: { numbers: number[]; title: string; url: string | null }) =>
  `${numbers.map((n) => `[${n}]`).join('')} ${title} ${url}`;

describe('the sources under an answer', () => {
  it('are those it cites, one line for each page', () => {
    expect(sourceLines(sources, line, { answer: 'Run it [1][3]. See the notes [4].' })).toEqual([
      '[1][3] Install https://docs.example.com/install#linux',
      '[4] Notes null',
    ]);
  });

  it('are none where it cites none', () => {
    expect(sourceLines(sources, line, { answer: 'Run it.' })).toEqual([]);
    expect(sourceLines(sources, line, { answer: 'Run `argv[1]`, see [4](https://example.com) and \\[3].' })).toEqual(
      [],
    );
  });

  it('are none where nothing was found', () => {
    expect(sourceLines([], line, { answer: 'Hello [1]' })).toEqual([]);
  });
});
