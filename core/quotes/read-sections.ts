import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { toString as toPlainText } from 'mdast-util-to-string';
import { gfm } from 'micromark-extension-gfm';
import { rememberTexts } from '../remember-texts.ts';
import { createCitationFilter } from '../turns/citation-filter.ts';
import { readRecords } from './read-records.ts';
import { readSentences } from './read-sentences.ts';
import type { Block, Section, Unit } from './section.ts';

type Tree = ReturnType<typeof fromMarkdown>;
type Node = Tree['children'][number] | Extract<Tree['children'][number], { type: 'list' }>['children'][number];

/** A question that an answer follows stands above it like a heading, whatever it was written as. */
const LONGEST_QUESTION = 150;

/** A passage in sections; pictures, rules, HTML and sentences that only point to other pages are left out. */
export const readSections = rememberTexts((markdown: string): Section[] => {
  const tree = fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  const sections: Section[] = [{ headings: [], blocks: [] }];
  const open: { level: number; text: string }[] = [];
  const begin = (level: number, text: string) => {
    while ((open.at(-1)?.level ?? 0) >= level) open.pop();
    open.push({ level, text });
    sections.push({ headings: open.map((heading) => heading.text), blocks: [] });
  };
  for (const [index, node] of tree.children.entries()) {
    const source = sourceOf(node, markdown);
    if (node.type === 'heading') begin(node.depth, toPlainText(node));
    else if (isAskedInBetween(node, index < tree.children.length - 1)) begin(7, toPlainText(node));
    else sections.at(-1)?.blocks.push(...toBlocks(node, source, markdown));
  }
  return sections.filter(({ blocks }) => blocks.length > 0);
});

function isAskedInBetween(node: Node, isFollowed: boolean): boolean {
  if (node.type !== 'paragraph' || !isFollowed) return false;
  const [only, ...others] = node.children;
  const text = toPlainText(node);
  if (text.length > LONGEST_QUESTION || text.includes('\n')) return false;
  return (only?.type === 'strong' && others.length === 0) || /^[^.?]*\?$/.test(text);
}

function toBlocks(node: Node, source: string, markdown: string): Block[] {
  switch (node.type) {
    case 'paragraph': {
      const records = readRecords(source);
      return records ? [records] : toProse(source);
    }
    case 'blockquote':
      return toProse(source.replace(/^ {0,3}> ?/gm, '').replace(/^\[!\w+\]/, ''));
    case 'list': {
      const units = node.children.map((item) => toUnit(sourceOf(item, markdown), toPlainText(item)));
      return [{ kind: node.ordered ? 'steps' : 'list', units }];
    }
    case 'code':
      return [{ kind: 'code', units: [{ text: source, plain: node.value }] }];
    case 'table': {
      const [names = '', rule = '', ...rows] = source.split('\n').map((line) => line.trim());
      const units = node.children.slice(1).map((row, at) => toUnit(rows[at] ?? '', cellsOf(row)));
      return units.length > 0 ? [{ kind: 'table', header: `${withoutRelativeLinks(names)}\n${rule}`, units }] : [];
    }
    default:
      return [];
  }
}

function cellsOf(row: { children: Parameters<typeof toPlainText>[0][] }): string {
  return row.children.map((cell) => toPlainText(cell)).join(' | ');
}

function toProse(source: string): Block[] {
  const sentences = readSentences(withoutNotes(source).replace(/\s*\n\s*/g, ' '));
  const units = sentences.map((text) => ({ text: withoutRelativeLinks(text), plain: plainOf(text) }));
  return units.length > 0 ? [{ kind: 'prose', units }] : [];
}

function toUnit(source: string, plain: string): Unit {
  return { text: withoutRelativeLinks(withoutPictures(withoutNotes(joinLines(source)))).trimEnd(), plain };
}

/** Chats show the end of a line as one; an item goes on to the next until another item, code or a table begins. */
function joinLines(item: string): string {
  if (/^\s*(?:```|~~~)/m.test(item)) return item;
  return item.replace(/[ \t]*\n[ \t]*(?![ \t\n]|[-*+] |\d+[.)] |[|>]|$)/g, ' ');
}

function sourceOf(node: Node, markdown: string): string {
  const { start, end } = node.position ?? {};
  // The first line of an item is indented as the others are: without it they would no longer belong together.
  return markdown.slice(start?.offset ?? 0, end?.offset ?? 0);
}

/** The document's own `[3]` would look like the number of a passage. */
function withoutNotes(markdown: string): string {
  if (!markdown.includes('[')) return markdown;
  const filter = createCitationFilter(0);
  return filter.push(markdown) + filter.end();
}

function withoutPictures(markdown: string): string {
  return markdown.replace(/!\[[^\]]*\]\([^)]*\)/g, '');
}

/** They lead somewhere only from where the document lies. */
function withoutRelativeLinks(markdown: string): string {
  return markdown.replace(/\[([^\]]*)\]\((?![a-z]+:)[^)]*\)/gi, '$1');
}

/** Good enough for comparing words. */
function plainOf(sentence: string): string {
  return sentence.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]|\\(?=[^\p{L}\p{N}\s])/gu, '');
}
