import { createHash } from 'node:crypto';
import type { Passage } from '../ports/chat-model.ts';

/**
 * Passages as numbered blocks that their own text cannot close: the mark is a digest of everything it surrounds, and
 * no text can be written so that it contains the digest of itself and its neighbours. Needing no randomness, the same
 * passages give the same prompt, which servers that cache prompts reward.
 */
export function fencePassages(passages: readonly Passage[]): { text: string; mark: string } {
  const bodies = passages.map(toBody);
  const mark = chooseMark(bodies.join('\n'));
  const blocks = bodies.map((body, index) => {
    const tag = `${mark} n="${passages[index]?.n}"`;
    return `<${tag}>\n${body}\n</${tag}>`;
  });
  return { text: blocks.join('\n'), mark };
}

function toBody({ title, headings, text }: Passage): string {
  const path = headings[0] === title ? headings : [title, ...headings];
  return `From: ${path.map(toLine).filter(Boolean).join(' > ')}\n\n${text.trim()}`;
}

/** Titles and headings come from documents too: each stays on its line. */
function toLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function chooseMark(text: string): string {
  let digest = text;
  do digest = createHash('sha256').update(digest).digest('hex').slice(0, 16);
  while (text.includes(digest));
  return `passage-${digest}`;
}
