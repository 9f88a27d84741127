import type { MessageSource } from '../../core/messages/message.ts';
import { citedSources } from '../../core/turns/cited-sources.ts';

/** A document that an answer cites, by one number or by several: passages of one page are one line. */
export interface CitedSource {
  numbers: number[];
  title: string;
  url: string | null;
}

/**
 * One line per document that the answer cites; none when it cites none.
 * @param render writes a line as the platform shows links
 * @param options.answer the text whose `[n]` count
 */
export function sourceLines(
  sources: readonly MessageSource[],
  render: (source: CitedSource) => string,
  { answer }: { answer: string },
): string[] {
  return mergePages(citedSources(sources, answer)).map(render);
}

function mergePages(sources: readonly MessageSource[]): CitedSource[] {
  const pages = new Map<string, CitedSource>();
  for (const { n, title, url } of sources) {
    const page = url?.split('#')[0] ?? title;
    const known = pages.get(page);
    if (known) known.numbers.push(n);
    else pages.set(page, { numbers: [n], title, url });
  }
  return [...pages.values()];
}
