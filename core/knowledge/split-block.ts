import type { DocumentBlock } from './document-block.ts';
import { packStrings, splitProse } from './split-text.ts';

type TextBlock = Exclude<DocumentBlock, { type: 'heading' }>;

/**
 * Cuts a block that is too long for one chunk, in the way its kind allows: code between lines, with every part in a
 * fence of its own; a table between rows, with its header on every part; everything else as prose.
 */
export function splitBlock(block: TextBlock, limit: number): TextBlock[] {
  if (block.text.length <= limit) return [block];
  if (block.type === 'code') return splitCode(block.text, limit).map((text) => ({ type: 'code', text }));
  if (block.type === 'table') return splitTable(block.text, limit);
  return splitProse(block.text, limit).map((text) => ({ type: block.type, text }));
}

function splitCode(text: string, limit: number): string[] {
  const lines = text.split('\n');
  const open = lines[0] ?? '';
  const close = lines.at(-1) ?? '';
  const room = Math.max(1, limit - open.length - close.length - 2);
  const code = lines.slice(1, -1).map((line, n, all) => (n < all.length - 1 ? `${line}\n` : line));
  const pieces = code.flatMap((line) => (line.length > room ? splitProse(line, room) : [line]));
  return packStrings(pieces, room).map((part) => `${open}\n${part.replace(/\n$/, '')}\n${close}`);
}

function splitTable(text: string, limit: number): TextBlock[] {
  const [header = '', divider = '', ...rows] = text.split('\n');
  const room = limit - header.length - divider.length - 2;
  // A header as long as a chunk leaves no room for rows below it.
  if (room < limit / 4) return splitProse(text, limit).map((part) => ({ type: 'prose', text: part }));
  const pieces = rows.map((row) => `${row}\n`).flatMap((row) => splitProse(row, room));
  return packStrings(pieces, room).map((part) => ({
    type: 'table',
    text: `${header}\n${divider}\n${part.replace(/\n$/, '')}`,
  }));
}
