import type { MessageSource } from '../../core/messages/message.ts';

/** A document that an answer cites, by one number or by several: passages of one page are one line. */
export interface CitedSource {
  numbers: number[];
  title: string;
  url: string | null;
}

/**
 * One line per document that the answer cites; all that were found when it cites none by number.
 * @param render writes a line as the platform shows links
 * @param options.answer the text whose `[n]` count
 */
export function sourceLines(
  sources: readonly MessageSource[],
  render: (source: CitedSource) => string,
  { answer }: { answer?: string } = {},
): string[] {
  const cited = new Set([...(answer ?? '').matchAll(/\[(\d+)\]/g)].map((match) => Number(match[1])));
  const shown = sources.filter(({ n }) => cited.has(n));
  return mergePages(shown.length > 0 ? shown : sources).map(render);
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
