import type { Nodes, Parents, Table } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';

export interface PlainText {
  text: string;
  /** Something of the answer is not in it: code, most of all. */
  isShortened: boolean;
}

const LONGEST_CODE = 100;
/** Quotes in quotes in quotes: nobody means that, and the parser goes through them by recursion. */
const TOO_DEEP = /^[ \t]*(?:(?:>|[-*+]|\d{1,9}[.)])[ \t]*){50}/m;
const CITATION = /\s*\[\d{1,3}\]/g;

/** Writes Markdown as one line of plain text; the numbers of sources, which nothing there explains, are left out. */
export function toPlainText(markdown: string): PlainText {
  let isShortened = false;
  const text = TOO_DEEP.test(markdown)
    ? markdown
    : toText(fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }));
  return { text: text.replace(/\s+/g, ' ').trim(), isShortened };

  function toText(node: Nodes): string {
    switch (node.type) {
      case 'root':
      case 'blockquote':
      case 'footnoteDefinition':
        return blocks(node);
      case 'heading':
        return endWith(':', inside(node));
      case 'list':
        return node.children
          .map((item, index) => {
            const text = blocks(item);
            return node.ordered ? `${Number(node.start ?? 1) + index}) ${text}` : `• ${text}`;
          })
          .join(' ');
      case 'code':
        return toCode(node.value);
      case 'table':
        return toRows(node);
      case 'link':
        return inside(node) || node.url;
      case 'image':
      case 'imageReference':
        return node.alt ?? '';
      case 'inlineCode':
        return node.value;
      case 'text':
        return node.value.replace(CITATION, '');
      case 'html':
        return node.value.replace(/<[^>]*>/g, ' ');
      case 'break':
        return ' ';
      default:
        return 'children' in node ? inside(node) : '';
    }
  }

  function inside(node: Parents): string {
    return node.children.map(toText).join('');
  }

  function blocks(node: Parents): string {
    return node.children
      .map(toText)
      .filter((text) => text.trim() !== '')
      .join(' ');
  }

  /** A line or two of code can be read in a chat; more is on the page of the answer. */
  function toCode(code: string): string {
    const line = code.trim().replace(/\s+/g, ' ');
    if (line.length <= LONGEST_CODE) return line;
    isShortened = true;
    return `${line
      .slice(0, LONGEST_CODE)
      .toWellFormed()
      .replace(/\uFFFD$/, '')
      .trimEnd()}…`;
  }

  function toRows(table: Table): string {
    const [head, ...rows] = table.children.map((row) => row.children.map(inside));
    return rows
      .map((row) => row.map((cell, index) => (head?.[index] ? `${head[index]}: ${cell}` : cell)).join(', '))
      .join('; ');
  }
}

function endWith(mark: string, text: string): string {
  return /[\p{P}]$/u.test(text.trim()) ? text : `${text.trim()}${mark}`;
}
