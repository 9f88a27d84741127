import { toFenceMark } from './fence-mark.ts';
import type { OverheardMessage } from './overhearing.ts';

/** What was overheard as one block that its own text cannot close, and in which nobody can write as somebody else. */
export function fenceOverheard(messages: readonly OverheardMessage[]): { text: string; mark: string } {
  const body = messages.map(toEntry).join('\n');
  const mark = toFenceMark('overheard', body);
  return { text: `<${mark}>\n${body}\n</${mark}>`, mark };
}

/** A message begins at the line's beginning; all that follows in it is set in. */
function toEntry({ authorName, text, at }: OverheardMessage): string {
  const name = authorName.replaceAll(/\s+/g, ' ').trim() || 'Somebody';
  const when = at.toISOString().slice(0, 16).replace('T', ' ');
  return `- ${name} (${when}): ${text.trim().replaceAll(/\r\n?|[\n\u2028\u2029\v\f\u0085]/g, '\n  ')}`;
}
