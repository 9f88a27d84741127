import type { MessageSource } from '../messages/message.ts';
import { createMarkdownContext } from './markdown-context.ts';

/** In front of what is no link's text. */
const CITATION = /\[(\d+)\](?!\()/y;
/** What has to be there for a bracket to stand in code, in a link or behind a backslash. */
const NOT_ALL_PROSE = /[`~\\]|\]\(/;

/** The sources that a text cites as `[n]`, by the numbers it cites them by. What only was found is none of its sources. */
export function citedSources(sources: readonly MessageSource[], text: string): MessageSource[] {
  if (sources.length === 0) return [];
  const cited = citedNumbers(text);
  return sources.filter(({ n }) => cited.has(n));
}

function citedNumbers(text: string): Set<number> {
  if (!NOT_ALL_PROSE.test(text)) return new Set([...text.matchAll(/\[(\d+)\]/g)].map((match) => Number(match[1])));
  const cited = new Set<number>();
  const context = createMarkdownContext();
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '[' && context.isProse()) {
      CITATION.lastIndex = at;
      const [, digits] = CITATION.exec(text) ?? [];
      if (digits !== undefined) cited.add(Number(digits));
    }
    context.read(character);
  }
  return cited;
}
