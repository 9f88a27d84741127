import type { Entry } from './conversation.ts';

/** An answer as it is copied: its Markdown, and the sources that its `[n]` point to. */
export function toCopiedText({ content, sources }: Entry): string {
  const lines = sources.map(({ n, title, url }) => `[${n}] ${[title, url].filter(Boolean).join(' ')}`);
  return [content, lines.join('\n')].filter(Boolean).join('\n\n');
}
