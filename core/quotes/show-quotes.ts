import type { Quote } from './quote.ts';
import type { Block } from './section.ts';

/** One quote as Markdown: where it stands, what it says, and once the numbers of its passages. */
export function showQuote({ path, blocks }: Quote, numbers: number[]): string {
  const mark = numbers.map((n) => `[${n}]`).join('');
  const marked = blocks.findLastIndex(canBeMarked);
  const heading = `**${path.map(toPlainHeading).join(' › ')}**${marked < 0 ? ` ${mark}` : ''}`;
  const shown = blocks.map((block, at) => `${showBlock(block)}${at === marked ? ` ${mark}` : ''}`);
  return [heading, ...shown].join('\n\n');
}

/** A number stands after words: below code or a table it would stand for itself. */
function canBeMarked({ kind, units }: Block): boolean {
  if (kind === 'table' || kind === 'code') return false;
  return !/```\s*$|\n\s*\|.*$/.test(units.at(-1)?.text ?? '');
}

function showBlock({ kind, header, units }: Block): string {
  const texts = units.map(({ text }) => text);
  if (kind === 'table') return [header, ...texts].join('\n');
  return texts.join(kind === 'prose' ? ' ' : '\n');
}

/** Nothing in a heading is taken for markup, or for the number of a source. */
function toPlainHeading(heading: string): string {
  return heading
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*[\]<]/g, '\\$&');
}
