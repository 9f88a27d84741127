import { closeFence } from './close-fence.ts';
import { type Fence, type MarkdownUnit, parseMarkdown } from './markdown-unit.ts';

export interface SplitOptions {
  /** Most that one message may hold; each bot passes its platform's own, with the source. */
  limit: number;
  /** How much of the limit a part takes, where that is not its length. */
  measure?: (part: string) => number;
}

/** A code block whose opening line would take more of a message than this is cut like text. */
const FENCE_SHARE = 1 / 4;

/** Where a part begins; the first one at the beginning of the text. */
type Cut = Pick<MarkdownUnit, 'start' | 'indent'>;

/**
 * Splits an answer into parts that each fit one platform message: at paragraphs, then lines, then words. What fits a
 * part of its own is not cut: list items, tables, code blocks, links. A code block cut in two is closed and reopened
 * with its language; fences and the white space at the cuts aside, the joined parts are the text again.
 */
export function splitMarkdown(markdown: string, options: SplitOptions): string[] {
  const whole = fitWhole(markdown, options);
  if (whole !== null) return whole === '' ? [] : [whole];

  const { findNext, toPart, length } = createCutter(markdown, { ...options, isUnfinished: false });
  const parts: string[] = [];
  for (let cut: Cut | null = BEGINNING; cut !== null; ) {
    const next = findNext(cut);
    const part = toPart(cut, next?.start ?? length);
    if (part.trim() !== '') parts.push(part);
    cut = next;
  }
  return parts;
}

/** The first part of an answer that is still being written, and the rest of it; null while all of it fits. */
export function splitFirstPart(markdown: string, options: SplitOptions): { part: string; rest: string } | null {
  const { findNext, toPart, toRest } = createCutter(markdown, { ...options, isUnfinished: true });
  const next = findNext(BEGINNING);
  return next && { part: toPart(BEGINNING, next.start), rest: toRest(next) };
}

/** What is shown of a text that needs no cutting, and so no parsing; null when it is too long. */
export function fitWhole(markdown: string, { limit, measure = byLength }: SplitOptions): string | null {
  const shown = closeFence(trimBlankLines(markdown).trimEnd());
  return measure(shown) <= limit ? shown : null;
}

const BEGINNING: Cut = { start: 0, indent: 0 };
const byLength = (part: string) => part.length;

function createCutter(
  markdown: string,
  { limit, measure = byLength, isUnfinished }: SplitOptions & { isUnfinished: boolean },
) {
  const text = trimBlankLines(markdown);
  const { root, fences } = parseMarkdown(text, { isUnfinished, longestFence: Math.floor(limit * FENCE_SHARE) });

  function toRest({ start, indent }: Cut, end = text.length): string {
    return dedent(reopen(text, fences, start) + text.slice(start, end), indent);
  }

  function toPart(from: Cut, end: number): string {
    const shown = trimBlankLines(toRest(from, end)).trimEnd();
    const fence = findOpenFence(fences, end, text.length);
    return fence && shown !== '' ? `${shown}\n${fence.prefix}${fence.closer}` : shown;
  }

  const fits = (from: Cut, end: number) => measure(toPart(from, end)) <= limit;

  /** The first unit that goes to the next part; null when everything that is left fits. */
  function findCut(from: Cut, unit: MarkdownUnit): MarkdownUnit | null {
    if (unit.end <= from.start || fits(from, unit.end)) return null;
    const isFirst = unit.start <= from.start || text.slice(from.start, unit.start).trim() === '';
    if (!isFirst && fits(unit, unit.end)) return unit;
    const children = unit.children();
    for (const child of children) {
      const found = findCut(from, child);
      if (found) return found;
    }
    return isFirst || children.length > 0 ? null : unit;
  }

  return { findNext: (from: Cut) => findCut(from, root), toPart, toRest, length: text.length };
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

function trimBlankLines(markdown: string): string {
  return markdown.replace(/^(?:[ \t]*\n)+/, '');
}
