import type { Passage } from '../ports/chat-model.ts';
import { toFenceMark } from './fence-mark.ts';

/** Passages as numbered blocks that their own text cannot close. */
export function fencePassages(passages: readonly Passage[]): { text: string; mark: string } {
  const bodies = passages.map(toBody);
  const mark = toFenceMark('passage', bodies.join('\n'));
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
