import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { toString as toPlainText } from 'mdast-util-to-string';
import { gfm } from 'micromark-extension-gfm';
import { createCitationFilter } from '../turns/citation-filter.ts';

/** A piece of a document that makes sense when it is shown alone. */
export interface QuotableUnit {
  /** Markdown, as it stands in the document. */
  text: string;
  /** What it says, without markup. */
  plain: string;
  kind: 'sentence' | 'item' | 'block';
}

const SENTENCES = new Intl.Segmenter('en', { granularity: 'sentence' });
/** Abbreviations after which the segmenter ends a sentence too early. */
const ABBREVIATION = /(?:\b(?:[Ee]\.g|[Ii]\.e|etc|vs|cf|[Nn]o|Dr|Mr|Mrs|St)\.|\b[a-z]\. ?(?:[A-Za-z]\.)?)\s*$/;

/** Sentences and list items, code and tables whole; headings and rules are left out. */
export function toQuotableUnits(markdown: string): QuotableUnit[] {
  const tree = fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  return tree.children.flatMap((node): QuotableUnit[] => {
    const source = sourceOf(node, markdown);
    switch (node.type) {
      case 'paragraph':
      case 'blockquote':
        return splitSentences(
          withoutNotes(source)
            .replace(/^> ?/gm, '')
            .replace(/\s*\n\s*/g, ' '),
        ).map((text) => ({
          text: withoutRelativeLinks(text),
          plain: plainOf(text),
          kind: 'sentence',
        }));
      case 'list':
        return node.children.map((item) => ({
          text: withoutRelativeLinks(withoutNotes(sourceOf(item, markdown))).trimEnd(),
          plain: toPlainText(item),
          kind: 'item',
        }));
      case 'code':
        return [{ text: source, plain: node.value, kind: 'block' }];
      case 'table':
        return toRows(source);
      default:
        return [];
    }
  });
}

/** A row under the names of its columns; the other rows are about something else. */
function toRows(table: string): QuotableUnit[] {
  const [names = '', rule = '', ...rows] = table.split('\n').map((line) => line.trim());
  return rows.map((row) => ({ text: [names, rule, row].join('\n'), plain: plainOf(row), kind: 'block' }));
}

function sourceOf(
  node: { position?: { start: { offset?: number }; end: { offset?: number } } },
  markdown: string,
): string {
  return markdown.slice(node.position?.start.offset ?? 0, node.position?.end.offset ?? 0);
}

function splitSentences(paragraph: string): string[] {
  const sentences: string[] = [];
  for (const { segment } of SENTENCES.segment(paragraph)) {
    const last = sentences.at(-1);
    if (last !== undefined && (ABBREVIATION.test(last) || isInsideMarkup(last))) {
      sentences[sentences.length - 1] = last + segment;
    } else sentences.push(segment);
  }
  return sentences.map((sentence) => sentence.trim()).filter(Boolean);
}

/** A full stop inside code, emphasis or brackets ends no sentence. */
function isInsideMarkup(text: string): boolean {
  const count = (mark: RegExp) => text.match(mark)?.length ?? 0;
  return count(/`/g) % 2 === 1 || count(/\*/g) % 2 === 1 || count(/[([]/g) > count(/[)\]]/g);
}

/** The document's own `[3]` would look like the number of a passage. */
function withoutNotes(markdown: string): string {
  if (!markdown.includes('[')) return markdown;
  const filter = createCitationFilter(0);
  return filter.push(markdown) + filter.end();
}

/** They lead somewhere only from where the document lies. */
function withoutRelativeLinks(markdown: string): string {
  return markdown.replace(/!?\[([^\]]*)\]\((?![a-z]+:)[^)]*\)/gi, '$1');
}

function plainOf(sentence: string): string {
  return toPlainText(fromMarkdown(sentence));
}
