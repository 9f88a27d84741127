import { noChange } from 'lit';
import { Directive, directive, type ElementPart } from 'lit/directive.js';
import { type Block, LIST_ITEM, splitBlocks } from './markdown-blocks.ts';
import { appendInline, type CitationMaker } from './markdown-inline.ts';

interface MarkdownOptions {
  isFinished: boolean;
  /** Numbers that `[n]` may point to. */
  sourceNumbers: number[];
  /** What a screen reader says for `[n]`. */
  citationLabel: (n: number) => string;
}

/**
 * Shows Markdown in an element while it is still being written. Blocks that are finished are not drawn again, so that
 * selected text stays selected. Written for this widget because the size budget has no room for a library: the
 * smallest one that streams takes 3.4 kB of 20, keeps `javascript:` links, and takes `$A and $B` for a formula.
 */
class MarkdownDirective extends Directive {
  #shown: string[] = [];

  render(_text: string, _options: MarkdownOptions) {
    return noChange;
  }

  override update({ element }: ElementPart, [text, options]: [string, MarkdownOptions]) {
    const cite: CitationMaker = (n) =>
      options.sourceNumbers.includes(n) ? citation(n, options.citationLabel(n)) : null;
    const blocks = splitBlocks((options.isFinished ? text : closeOpenMarks(text)).split(/\r?\n/));
    const keys = blocks.map(({ lines }) => [options.sourceNumbers, ...lines].join('\n'));
    blocks.forEach((block, at) => {
      if (keys[at] === this.#shown[at]) return;
      const drawn = drawBlock(block, cite);
      if (element.children[at]) element.children[at].replaceWith(drawn);
      else element.append(drawn);
    });
    while (element.children.length > blocks.length) element.lastElementChild?.remove();
    this.#shown = keys;
    return noChange;
  }
}

export const markdown = directive(MarkdownDirective);

/** Shows a mark whose other half is still to come as if it were there, so that no stars flash up and vanish. */
function closeOpenMarks(text: string): string {
  const last = text.slice(text.lastIndexOf('\n\n') + 1);
  const start = text.slice(0, text.length - last.length);
  const settled = last
    .replace(/!?\[([^[\]\n]*)(\]\([^()\s]*)?$/, (_, label, address) => (address ? label : ''))
    .replace(/\*+$/, '');
  const isOdd = (mark: string) => settled.split(mark).length % 2 === 0;
  if (isOdd('`') || isOdd('```')) return text;
  return start + (isOdd('**') ? `${settled.trimEnd()}**` : settled);
}

function citation(n: number, label: string): Node {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'citation';
  button.part.add('citation');
  button.dataset.source = String(n);
  button.ariaLabel = label;
  button.textContent = String(n);
  return button;
}

function drawBlock({ kind, lines }: Block, cite: CitationMaker): HTMLElement {
  const text = lines.join('\n');
  if (kind === 'code') return drawCode(lines);
  if (kind === 'list') return drawList(lines, cite);
  if (kind === 'table') return drawTable(lines, cite);
  if (kind === 'rule') return document.createElement('hr');
  const quoted = lines.map((line) => line.replace(/^ *> ?/, ''));
  if (kind === 'quote') return drawInto(document.createElement('blockquote'), quoted, cite);
  // Headings are all of the level below the chat's own title: models choose levels at random.
  const element = document.createElement(kind === 'heading' ? 'h3' : 'p');
  appendInline(element, kind === 'heading' ? text.replace(/^ *#+ +| +#+ *$/g, '') : text.trim(), cite);
  return element;
}

function drawInto(parent: HTMLElement, lines: string[], cite: CitationMaker): HTMLElement {
  for (const block of splitBlocks(lines)) parent.append(drawBlock(block, cite));
  return parent;
}

function drawCode(lines: string[]): HTMLElement {
  const isClosed = lines.length > 1 && /^ *(```|~~~)/.test(lines.at(-1) ?? '');
  const pre = document.createElement('pre');
  pre.tabIndex = 0;
  pre.append(document.createElement('code'));
  pre.firstElementChild?.append(lines.slice(1, isClosed ? -1 : undefined).join('\n'));
  return pre;
}

function drawList(lines: string[], cite: CitationMaker): HTMLElement {
  const [, , mark = ''] = LIST_ITEM.exec(lines[0] ?? '') ?? [];
  const start = Number.parseInt(mark, 10);
  const list = document.createElement(start >= 0 ? 'ol' : 'ul');
  if (start >= 0) list.setAttribute('start', String(start));
  const indent = lines[0]?.search(/\S/) ?? 0;
  const items: string[][] = [];
  for (const line of lines) {
    const isItem = LIST_ITEM.test(line) && line.search(/\S/) < indent + 2;
    if (isItem) items.push([line.replace(LIST_ITEM, '')]);
    else items.at(-1)?.push(line.slice(Math.min(line.search(/\S|$/), indent + mark.length + 1)));
  }
  for (const item of items) list.append(drawItem(item, cite));
  return list;
}

function drawItem(lines: string[], cite: CitationMaker): HTMLElement {
  const item = document.createElement('li');
  drawInto(item, lines, cite);
  const paragraph = item.firstElementChild;
  if (paragraph?.tagName === 'P') paragraph.replaceWith(...paragraph.childNodes);
  return item;
}

function drawTable([head = '', , ...rows]: string[], cite: CitationMaker): HTMLElement {
  const table = document.createElement('table');
  table.tabIndex = 0;
  for (const row of [head, ...rows]) {
    const line = document.createElement('tr');
    table.append(line);
    const cells = row
      .trim()
      .replace(/^\||\|$/g, '')
      .split(/(?<!\\)\|/);
    for (const text of cells) {
      const cell = document.createElement(row === head ? 'th' : 'td');
      appendInline(cell, text.trim(), cite);
      line.append(cell);
    }
  }
  return table;
}
