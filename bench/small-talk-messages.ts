import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';

const rowSchema = z.object({
  split: z.enum(['fit', 'held_out']),
  language: z.string(),
  kind: z.enum(['talk', 'reply', 'question']),
  message: z.string().min(1),
});
export type LabelledMessage = z.infer<typeof rowSchema>;

/** The labelled messages of bench/data, written for it by hand. */
export async function readLabelledMessages(): Promise<LabelledMessage[]> {
  const text = await readFile(new URL('data/small-talk.csv', import.meta.url), 'utf8');
  return z.array(rowSchema).parse(parse(text, { columns: true }));
}

/** People greet and ask in one message, or thank and wish: each message after one of talk in its language and split. */
export function withTalkBefore(messages: LabelledMessage[], separator: string): LabelledMessage[] {
  const joined = messages.flatMap((message, at) => {
    if (message.kind === 'reply') return [];
    const before = messages.filter(
      ({ language, split, kind, message: text }) =>
        language === message.language && split === message.split && kind === 'talk' && text.length <= 20,
    );
    const first = before[(at * 7) % Math.max(1, before.length)];
    return first && first !== message
      ? [{ ...message, message: `${first.message.replace(/[.!?]+$/, '')}${separator}${message.message}` }]
      : [];
  });
  return [...messages, ...joined];
}
