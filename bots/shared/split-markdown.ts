import { type Fence, type MarkdownUnit, parseMarkdown } from './markdown-unit.ts';

export interface SplitOptions {
  /** Most that one message may hold; each bot passes its platform's own, with the source. */
  limit: number;
  /** How much of the limit a part takes, where that is not its length. */
  measure?: (part: string) => number;
}

/** A code block whose opening line would take more of a message than this is cut like text. */
const FENCE_SHARE = 1 / 4;

/**
 * Splits an answer into parts that each fit one platform message: at paragraphs, then lines, then words. What fits a
 * part of its own is not cut: list items, tables, code blocks, links. A code block cut in two is closed and reopened
 * with its language; fences and the white space at the cuts aside, the joined parts are the text again.
 */
export function splitMarkdown(markdown: string, options: SplitOptions): string[] {
  const parts: string[] = [];
  let left: string | null = markdown;
  while (left !== null) {
    const { part, rest } = splitFirstPart(left, options);
    if (part !== '') parts.push(part);
    left = rest;
  }
  return parts;
}

/**
 * The first part, and what is left for the others: Markdown that stands on its own, null when nothing is left.
 * @param options.isUnfinished more of the text is to come
 */
export function splitFirstPart(
  markdown: string,
  { limit, measure = (part) => part.length, isUnfinished = false }: SplitOptions & { isUnfinished?: boolean },
): { part: string; rest: string | null } {
  const text = trimBlankLines(markdown);
  const { root, fences } = parseMarkdown(text, { isUnfinished, longestFence: Math.floor(limit * FENCE_SHARE) });
  const upTo = (end: number, from = text.slice(0, end)) => {
    const fence = findOpenFence(fences, end, text.length);
    const shown = from.trimEnd();
    return fence ? `${shown}\n${fence.prefix}${fence.closer}` : shown;
  };
  const beginsAt = (unit: MarkdownUnit, end: number) =>
    dedent(reopen(text, fences, unit.start) + text.slice(unit.start, end), unit.indent);
  const fits = (part: string) => measure(part) <= limit;

  const cut = findCut(root);
  return cut
    ? { part: upTo(cut.start), rest: toRest(beginsAt(cut, text.length)) }
    : { part: upTo(text.length), rest: null };

  /** The first unit that goes to the next part; null when everything fits. */
  function findCut(unit: MarkdownUnit): MarkdownUnit | null {
    if (fits(upTo(unit.end))) return null;
    const isFirst = text.slice(0, unit.start).trim() === '';
    if (!isFirst && fits(upTo(unit.end, beginsAt(unit, unit.end)))) return unit;
    const children = unit.children();
    for (const child of children) {
      const found = findCut(child);
      if (found) return found;
    }
    return isFirst || children.length > 0 ? null : unit;
  }
}

/** The code block that is open where a part ends: one cut there, or one that the writer never closed. */
function findOpenFence(fences: Fence[], end: number, length: number): Fence | undefined {
  return fences.find(
    ({ contentStart, contentEnd, isClosed }) =>
      (contentStart < end && end < contentEnd) || (end === contentEnd && end === length && !isClosed),
  );
}

function reopen(text: string, fences: Fence[], cut: number): string {
  const fence = fences.find(({ contentStart, contentEnd }) => contentStart < cut && cut < contentEnd);
  if (!fence) return '';
  const isInLine = text.charAt(cut - 1) !== '\n';
  return `${fence.prefix}${fence.opener}\n${isInLine ? fence.prefix : ''}`;
}

/** Takes the indentation of lists off lines that now stand outside of them; four spaces would make them code. */
function dedent(markdown: string, indent: number): string {
  if (indent === 0) return markdown;
  const indentation = new RegExp(`^[ \\t]{${indent}}`);
  const [first = '', ...others] = markdown.split('\n');
  const outside = others.findIndex((line) => line.trim() !== '' && !indentation.test(line));
  const inside = outside < 0 ? others : others.slice(0, outside);
  const dedented = inside.map((line) => line.replace(indentation, ''));
  return [first.replace(new RegExp(`^[ \\t]{0,${indent}}`), ''), ...dedented, ...others.slice(inside.length)].join(
    '\n',
  );
}

function toRest(markdown: string): string | null {
  return markdown.trim() === '' ? null : markdown;
}

function trimBlankLines(markdown: string): string {
  return markdown.replace(/^(?:[ \t]*\n)+/, '');
}
