import { type Block, LIST_ITEM, splitBlocks } from './markdown-blocks.ts';
import { appendInline, type InlineMakers } from './markdown-inline.ts';

export interface MarkdownOptions {
  isFinished: boolean;
  /** Numbers that `[n]` may point to. */
  sourceNumbers: number[];
  /** What a screen reader says for `[n]`. */
  citationLabel: (n: number) => string;
  noteLabel: (n: number) => string;
  /** Of the button on a piece of code; empty where there is no clipboard. */
  copyLabel: string;
  drawCopyIcon: (button: HTMLElement) => void;
}

/** What blocks are drawn with. */
interface Makers extends InlineMakers, Pick<MarkdownOptions, 'copyLabel' | 'drawCopyIcon'> {}

const NOTE = /^ {0,3}\[\^([^\]\s]+)\]: */;
const TASK = /^\[([ xX])\] +/;
const RIGHT_TO_LEFT = /^[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** The keys of the blocks that an element shows. */
const shownIn = new WeakMap<Element, string[]>();

/**
 * Shows Markdown in an element while it is still being written. Blocks that are finished are not drawn again, so that
 * selected text stays selected. Written for this widget because the size budget has no room for a library: the
 * smallest one that streams takes 3.4 kB of 20, keeps `javascript:` links, and takes `$A and $B` for a formula.
 */
export function drawMarkdown(element: Element, text: string, options: MarkdownOptions): void {
  const shown = shownIn.get(element) ?? [];
  // What stood there before the first block is the text as it came.
  if (shown.length === 0) element.replaceChildren();
  const notes = findNotes(text, options.isFinished);
  const makers: Makers = {
    copyLabel: options.copyLabel,
    drawCopyIcon: options.drawCopyIcon,
    cite: (n) => (options.sourceNumbers.includes(n) ? pointer(n, 'citation', options.citationLabel(n)) : null),
    note: (name) => {
      const n = notes.indexOf(name) + 1;
      return n > 0 ? pointer(n, 'note-call', options.noteLabel(n)) : null;
    },
  };
  const blocks = splitBlocks((options.isFinished ? text : closeOpenMarks(text)).split(/\r?\n/));
  const keys = blocks.map(({ lines }) => [options.sourceNumbers, notes, ...lines].join('\n'));
  blocks.forEach((block, at) => {
    if (keys[at] === shown[at]) return;
    const drawn = drawBlock(block, makers);
    if (element.children[at]) element.children[at].replaceWith(drawn);
    else element.append(drawn);
  });
  while (element.children.length > blocks.length) element.lastElementChild?.remove();
  shownIn.set(element, keys);
}

/** Names of footnotes in the order in which they are called; the notes themselves come last, so they may be missing yet. */
function findNotes(text: string, isFinished: boolean): string[] {
  const names = [...text.matchAll(/\[\^([^\]\s]+)\](?!:)/g)].map(([, name = '']) => name);
  return [...new Set(names)].filter((name) => !isFinished || text.includes(`[^${name}]:`));
}

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

/** A small button that leads to a source or a footnote. */
function pointer(n: number, name: string, label: string): Node {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = name;
  button.part.add(name);
  button.dataset.source = String(n);
  button.ariaLabel = label;
  button.textContent = String(n);
  return button;
}

function drawBlock({ kind, lines }: Block, makers: Makers): HTMLElement {
  const text = lines.join('\n');
  if (kind === 'code') return drawCode(lines, makers);
  if (kind === 'list') return drawList(lines, makers);
  if (kind === 'table') return drawTable(lines, makers);
  if (kind === 'rule') return document.createElement('hr');
  const quoted = lines.map((line) => line.replace(/^ *> ?/, ''));
  if (kind === 'quote') return withDirection(drawInto(document.createElement('blockquote'), quoted, makers));
  const [called, name = ''] = NOTE.exec(text) ?? [];
  if (called) return drawNote(text.slice(called.length), makers.note(name), makers);
  // Headings are all of the level below the chat's own title: models choose levels at random.
  const element = document.createElement(kind === 'heading' ? 'h3' : 'p');
  element.dir = 'auto';
  appendInline(element, kind === 'heading' ? text.replace(/^ *#+ +| +#+ *$/g, '') : text.trim(), makers);
  return element;
}

/** A footnote, with its number in front; without one when nothing calls it. */
function drawNote(text: string, number: Node | null, makers: Makers): HTMLElement {
  const note = document.createElement('p');
  note.dir = 'auto';
  note.className = 'note';
  note.tabIndex = -1;
  if (number) note.dataset.note = number.textContent ?? '';
  appendInline(note, text.trim(), makers);
  if (number) note.prepend(`${number.textContent}. `);
  return note;
}

/**
 * Turns what holds other blocks in the direction of its first letter. `dir=auto` does not do that: it passes over what
 * has a direction of its own.
 */
function withDirection<Made extends HTMLElement>(element: Made): Made {
  const [letter = ''] = /\p{L}/u.exec(element.textContent ?? '') ?? [];
  if (letter) element.dir = RIGHT_TO_LEFT.test(letter) ? 'rtl' : 'ltr';
  return element;
}

function drawInto(parent: HTMLElement, lines: string[], makers: Makers): HTMLElement {
  for (const block of splitBlocks(lines)) parent.append(drawBlock(block, makers));
  return parent;
}

function drawCode(lines: string[], { copyLabel, drawCopyIcon }: Makers): HTMLElement {
  const isClosed = lines.length > 1 && /^ *(```|~~~)/.test(lines.at(-1) ?? '');
  const block = document.createElement('div');
  const pre = document.createElement('pre');
  block.className = 'code';
  pre.tabIndex = 0;
  pre.append(document.createElement('code'));
  pre.firstElementChild?.append(lines.slice(1, isClosed ? -1 : undefined).join('\n'));
  block.append(pre);
  if (copyLabel) {
    const button = copyButton(copyLabel);
    drawCopyIcon(button);
    block.append(button);
  }
  return block;
}

function copyButton(label: string): HTMLElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'round copy-code';
  button.part.add('copy-code');
  button.title = label;
  button.ariaLabel = label;
  return button;
}

function drawList(lines: string[], makers: Makers): HTMLElement {
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
  for (const item of items) list.append(drawItem(item, makers));
  return list;
}

function drawItem([first = '', ...lines]: string[], makers: Makers): HTMLElement {
  const item = document.createElement('li');
  item.dir = 'auto';
  const [box, mark] = TASK.exec(first) ?? [];
  drawInto(item, [first.slice(box?.length ?? 0), ...lines], makers);
  const paragraph = item.firstElementChild;
  if (paragraph?.tagName === 'P') paragraph.replaceWith(...(box ? [taskBox(mark, paragraph)] : paragraph.childNodes));
  return item;
}

/** A box that says whether something is done, with its text; nobody ticks boxes in an answer. */
function taskBox(mark: string | undefined, text: Element): HTMLElement {
  const label = document.createElement('label');
  const box = document.createElement('input');
  box.type = 'checkbox';
  box.disabled = true;
  box.defaultChecked = mark !== ' ';
  label.append(box, ' ', ...text.childNodes);
  return label;
}

function drawTable([head = '', rule = '', ...rows]: string[], makers: Makers): HTMLElement {
  const table = document.createElement('table');
  table.tabIndex = 0;
  const alignments = toCells(rule).map((cell) => {
    const isEnd = cell.endsWith(':');
    return cell.startsWith(':') ? (isEnd ? 'center' : 'left') : isEnd ? 'right' : '';
  });
  for (const row of [head, ...rows]) {
    const line = document.createElement('tr');
    table.append(line);
    const cells = toCells(row);
    alignments.forEach((align, at) => {
      const cell = document.createElement(row === head ? 'th' : 'td');
      cell.dir = 'auto';
      if (align) cell.align = align;
      appendInline(cell, cells[at] ?? '', makers);
      line.append(cell);
    });
  }
  return withDirection(table);
}

function toCells(row: string): string[] {
  return row
    .trim()
    .replace(/^\||(?<!\\)\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}
