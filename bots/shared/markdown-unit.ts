import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';

/** A stretch of Markdown that is kept whole where it fits; where it does not, its children are. They leave no gaps. */
export interface MarkdownUnit {
  start: number;
  end: number;
  /** How far the lists around it indent it; a part that begins with it stands outside of them. */
  indent: number;
  children(): MarkdownUnit[];
}

/** A code block whose content may be cut. */
export interface Fence {
  contentStart: number;
  contentEnd: number;
  /** Indentation and quote marks before each of its lines. */
  prefix: string;
  /** What reopens it, with its language. */
  opener: string;
  closer: string;
  isClosed: boolean;
}

export interface ParsedMarkdown {
  root: MarkdownUnit;
  fences: Fence[];
}

interface Range {
  start: number;
  end: number;
}

/** Inline things that say nothing, or the wrong thing, when they are cut. */
const WHOLE = new Set([
  'link',
  'linkReference',
  'image',
  'imageReference',
  'inlineCode',
  'footnoteReference',
  'emphasis',
  'strong',
  'delete',
]);
/** A link or an address that is being written. */
const UNFINISHED_LINK = /(?:!?\[[^\]\n]*|!?\[[^\]\n]*\]|!?\[[^\]\n]*\]\([^)\n]*|https?:\/\/\S*)$/;

/** Quotes in quotes in quotes: nobody means that, and a parser goes through them by recursion. */
const TOO_DEEP = /^[ \t]*(?:(?:>|[-*+]|\d{1,9}[.)])[ \t]*){50}/m;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * Reads Markdown as units to cut between: blocks, in them lines, in them words, in them characters.
 * @param options.isUnfinished more of the text is to come; what is half written at its end is kept whole
 * @param options.longestFence a longer opening line of a code block is cut like text
 */
export function parseMarkdown(
  text: string,
  { isUnfinished, longestFence }: { isUnfinished: boolean; longestFence: number },
): ParsedMarkdown {
  const fences: Fence[] = [];
  if (TOO_DEEP.test(text)) return { root: toText({ start: 0, end: text.length }, 0, []), fences };
  const tree = fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  const unfinished = isUnfinished ? findUnfinished(text) : [];
  return { root: toUnit(tree, { start: 0, end: text.length }, 0), fences };

  function toUnit(node: Nodes, range: Range, indent: number): MarkdownUnit {
    switch (node.type) {
      case 'root':
      case 'blockquote':
      case 'list':
      case 'listItem':
        return ofChildren(range, indent, keepHeadings(toBlocks(node.children, range, indent)));
      case 'table':
        return ofChildren(range, indent, keepHeader(toBlocks(node.children, range, indent)));
      case 'code':
        return toCode(node, range, indent);
      default:
        return toText(range, indent, [...findWhole(node), ...unfinished]);
    }
  }

  /** Each child reaches to where the next one begins, so that nothing between two is lost. */
  function toBlocks(nodes: Nodes[], range: Range, indent: number): (MarkdownUnit & { isHeading: boolean })[] {
    const starts = nodes.map((node, index) => (index === 0 ? range.start : startOfBlock(text, node)));
    return nodes.map((node, index) => {
      const own = { start: starts[index] ?? range.start, end: starts[index + 1] ?? range.end };
      const column = index === 0 ? indent : (node.position?.start.column ?? 1) - 1;
      return { ...toUnit(node, own, column), isHeading: node.type === 'heading' };
    });
  }

  function toCode(node: Nodes, range: Range, indent: number): MarkdownUnit {
    const fence = findFence(text, node);
    if (!fence || fence.prefix.length + fence.opener.length > longestFence) return toText(range, indent, []);
    fences.push(fence);
    return toText(range, indent, [
      // The opening line stays with the first line of code, the closing one with the last.
      { start: range.start, end: fence.contentStart + 1 },
      { start: fence.contentEnd - 1, end: range.end },
    ]);
  }

  function toText(range: Range, indent: number, whole: Range[]): MarkdownUnit {
    const toTexts = (cuts: number[], kept: Range[]) =>
      [range.start, ...cuts].map((start, index) => toText({ start, end: cuts[index] ?? range.end }, indent, kept));

    let children: MarkdownUnit[] | null = null;
    return {
      ...range,
      indent,
      children() {
        children ??= cut();
        return children;
      },
    };

    function cut(): MarkdownUnit[] {
      const inside = whole.filter(({ start, end }) => start < range.end && end > range.start);
      for (const separator of [/\n/g, /\s+/g]) {
        const cuts = findCuts(text, range, separator).filter((at) => !isInside(at, inside));
        if (cuts.length > 0) return toTexts(cuts, inside);
      }
      const inner = inside.filter((one) => inside.some((other) => other !== one && contains(other, one)));
      if (inner.length < inside.length && !isCode(range)) return toText(range, indent, inner).children();
      const cuts = findCharacters(text, range).filter((at) => !isInside(at, isCode(range) ? inside : []));
      return cuts.length > 0 ? toTexts(cuts, inside) : [];
    }
  }

  function isCode({ start, end }: Range): boolean {
    return fences.some((fence) => start < fence.contentEnd && end > fence.contentStart);
  }
}

function ofChildren(range: Range, indent: number, children: MarkdownUnit[]): MarkdownUnit {
  return { ...range, indent, children: () => children };
}

/** A heading goes with what it is the heading of. */
function keepHeadings(blocks: (MarkdownUnit & { isHeading: boolean })[]): MarkdownUnit[] {
  const kept: MarkdownUnit[] = [];
  for (const block of blocks.toReversed()) {
    const next = kept.at(-1);
    if (block.isHeading && next) kept.splice(-1, 1, together(block, next));
    else kept.push(block);
  }
  return kept.reverse();
}

/** The head of a table goes with its first row. */
function keepHeader(rows: MarkdownUnit[]): MarkdownUnit[] {
  const [header, first, ...others] = rows;
  return header && first ? [together(header, first), ...others] : rows;
}

function together(one: MarkdownUnit, other: MarkdownUnit): MarkdownUnit {
  return { start: one.start, end: other.end, indent: one.indent, children: () => [one, other] };
}

/** Where its line begins, when only indentation and quote marks stand before it. */
function startOfBlock(text: string, node: Nodes): number {
  const offset = node.position?.start.offset ?? 0;
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[\s>]*$/.test(text.slice(lineStart, offset)) ? lineStart : offset;
}

function findFence(text: string, node: Nodes): Fence | null {
  const start = node.position?.start.offset ?? 0;
  const end = node.position?.end.offset ?? text.length;
  const lines = text.slice(start, end).split('\n');
  const [, marks, language] = lines[0]?.match(/^(`{3,}|~{3,})[ \t]*([^\s`]*)/) ?? [];
  if (!marks) return null;

  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const prefix = text.slice(lineStart, start).replace(/[^\s>]/g, ' ');
  const lastLine = lines.length > 1 ? (lines.at(-1) ?? '') : '';
  const closing = lastLine.replace(/^[\s>]*/, '').trimEnd();
  const isClosed = closing.length >= marks.length && closing === marks.charAt(0).repeat(closing.length);
  return {
    contentStart: Math.min(end, start + (lines[0]?.length ?? 0) + 1),
    contentEnd: isClosed ? end - lastLine.length - 1 : end,
    prefix,
    opener: `${marks}${language ?? ''}`,
    closer: marks,
    isClosed,
  };
}

function findWhole(node: Nodes): Range[] {
  const own = WHOLE.has(node.type) && node.position ? [node.position] : [];
  const ranges = own.map(({ start, end }) => ({ start: start.offset ?? 0, end: end.offset ?? 0 }));
  return 'children' in node ? [...ranges, ...node.children.flatMap(findWhole)] : ranges;
}

/** A link, code or bold text that a model has begun to write, from its beginning to the end. */
function findUnfinished(text: string): Range[] {
  const lineStart = text.lastIndexOf('\n') + 1;
  const line = text.slice(lineStart);
  const begun = ['`', '**'].filter((mark) => line.split(mark).length % 2 === 0).map((mark) => line.lastIndexOf(mark));
  const link = line.search(UNFINISHED_LINK);
  const starts = link < 0 ? begun : [...begun, link];
  return starts.length === 0 ? [] : [{ start: lineStart + Math.min(...starts), end: text.length + 1 }];
}

function findCuts(text: string, { start, end }: Range, separator: RegExp): number[] {
  const matches = [...text.slice(start, end).matchAll(separator)];
  return matches.map((match) => start + match.index + match[0].length).filter((cut) => cut < end);
}

function findCharacters(text: string, { start, end }: Range): number[] {
  const characters = [...graphemes.segment(text.slice(start, end))];
  // One that is made of many code points, and too long for a message, is cut between those.
  const inside = characters.length > 1 ? characters.map(({ index }) => index) : codePoints(text.slice(start, end));
  return inside.filter((index) => index > 0).map((index) => start + index);
}

function codePoints(text: string): number[] {
  let index = 0;
  return [...text].map((character) => {
    index += character.length;
    return index - character.length;
  });
}

function isInside(cut: number, ranges: Range[]): boolean {
  return ranges.some(({ start, end }) => start < cut && cut < end);
}

function contains(outer: Range, inner: Range): boolean {
  const isLonger = outer.end - outer.start > inner.end - inner.start;
  return isLonger && outer.start <= inner.start && inner.end <= outer.end;
}
