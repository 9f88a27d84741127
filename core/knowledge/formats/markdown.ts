import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { toString as plainText } from 'mdast-util-to-string';
import { gfm } from 'micromark-extension-gfm';
import type { DocumentBlock, ParsedDocument } from '../document-block.ts';
import { createHeadingSlugs } from '../heading-slug.ts';
import { readFrontMatter } from './front-matter.ts';

type Root = ReturnType<typeof fromMarkdown>;
type RootContent = Root['children'][number];
type Heading = Extract<RootContent, { type: 'heading' }>;
type List = Extract<RootContent, { type: 'list' }>;

const EXPLICIT_ANCHOR = /\s*\{#([\w.:~%-]+)\}\s*$/;
const HTML_HEADING = /^<h([1-6])\b[^>]*>(.*?)<\/h\1>/is;
// Pictures written into the text: nothing to search for, and longer than the rest of the page.
const DATA_PICTURE = /!\[([^\]]*)\]\(data:[^)]*\)/g;

/**
 * Only blocks matter here. What happens within a line is left as written, because finding it takes time that grows
 * with the square of a hostile paragraph's length.
 */
const BLOCKS_ONLY = {
  disable: {
    null: [
      'attention',
      'autolink',
      'characterEscape',
      'characterReference',
      'codeText',
      'gfmFootnoteCall',
      'htmlText',
      'labelEnd',
      'labelStartImage',
      'labelStartLink',
      'strikethrough',
      'tasklistCheck',
    ],
  },
};

/** No author nests this deep, and every level multiplies the time. */
const DEEP_NESTING = /^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+|>[ \t]*){60,}|^[ \t]{200,}(?=[-*+>\d])/gm;

export interface MarkdownOptions {
  /** Reads a table that is written as HTML; without it, its words stay and its columns go. */
  readTable?: (html: string) => DocumentBlock[];
}

type ToBlocks = { slug: (heading: string) => string } & MarkdownOptions;

/** Reads Markdown (CommonMark with GitHub's additions), keeping the author's text as written. */
export function parseMarkdown(source: string, options: MarkdownOptions = {}): ParsedDocument {
  const { fields, body } = readFrontMatter(source.replaceAll('\r\n', '\n'));
  const text = body.replace(DATA_PICTURE, '$1').replace(DEEP_NESTING, '');
  const root: Root = fromMarkdown(text, { extensions: [gfm(), BLOCKS_ONLY], mdastExtensions: [gfmFromMarkdown()] });
  const slug = createHeadingSlugs();
  const blocks = root.children.flatMap((node) => toBlocks(node, text, { slug, ...options }));
  const first = blocks.find((block) => block.type === 'heading');
  return { title: fields.title ?? (first?.level === 1 ? first.text : null), url: fields.url ?? null, blocks };
}

function toBlocks(node: RootContent, text: string, { slug, readTable }: ToBlocks): DocumentBlock[] {
  switch (node.type) {
    case 'heading':
      return toHeading(node, slug);
    case 'code':
      return [{ type: 'code', text: fence(node.value, node.lang ?? '') }];
    case 'table':
      return [{ type: 'table', text: sourceOf(node, text) }];
    case 'list':
      return toItems(node, text);
    case 'html':
      return readTable && /<table[\s>]/i.test(node.value) ? readTable(node.value) : toBlocksOfHtml(node.value, slug);
    case 'definition':
    case 'thematicBreak':
      return [];
    default:
      return [{ type: 'prose', text: sourceOf(node, text) }];
  }
}

function toHeading(node: Heading, slug: (heading: string) => string): DocumentBlock[] {
  const written = plainHeading(plainText(node)).trim();
  const explicit = EXPLICIT_ANCHOR.exec(written)?.[1];
  const heading = written.replace(EXPLICIT_ANCHOR, '');
  if (!heading) return [];
  return [{ type: 'heading', level: node.depth, text: heading, anchor: explicit ?? slug(heading) }];
}

/** Without the signs of emphasis, code and links; a heading as long as a page is left as it is. */
function plainHeading(text: string): string {
  return text.length > 500 ? text : plainText(fromMarkdown(`# ${text.replaceAll('\n', ' ')}`), { includeHtml: false });
}

/** Written anew, so that indented code gets a fence too; the fence is longer than any run of backticks inside. */
function fence(code: string, language: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language.includes('`') ? '' : language}\n${code}\n${ticks}`;
}

function toItems(list: List, text: string): DocumentBlock[] {
  return list.children.map((item) => ({ type: 'item', text: sourceOf(item, text) }));
}

/** READMEs write their title and badges as HTML; comments and tags go, words stay. */
function toBlocksOfHtml(html: string, slug: (heading: string) => string): DocumentBlock[] {
  const heading = HTML_HEADING.exec(html.trim());
  const words = stripTags(html.replace(HTML_HEADING, ''));
  const title = heading ? stripTags(heading[2] ?? '') : '';
  return [
    ...(title ? [{ type: 'heading', level: Number(heading?.[1]), text: title, anchor: slug(title) } as const] : []),
    ...(words ? [{ type: 'prose', text: words } as const] : []),
  ];
}

function stripTags(html: string): string {
  return html
    .replace(/<!--.*?-->/gs, '')
    .replace(/<\/?[a-z][^>]*>/gi, ' ')
    .replace(/[ \t]+/g, ' ')
    .trim();
}

function sourceOf(node: RootContent | List['children'][number], text: string): string {
  return text.slice(node.position?.start.offset, node.position?.end.offset);
}
