import { ACTIONS } from './answer-blocks.ts';
import { escapeMrkdwn } from './mrkdwn.ts';

/** Of Slack's blocks and their parts, all that can hold words; other keys are looked at in blocks we do not know. */
export interface Block {
  type?: string;
  text?: unknown;
  elements?: unknown;
  [key: string]: unknown;
}

const OWN_ACTIONS = new Set<unknown>(Object.values(ACTIONS));
const WORDS_OF_UNKNOWN = ['title', 'text', 'subtitle', 'body', 'description', 'alt_text', 'label', 'subtext'];
const INSIDE_UNKNOWN = ['blocks', 'child_blocks', 'elements', 'fields', 'options', 'cards', 'tasks', 'rows'];
const DEEPEST = 12;

/** What people read in the blocks of a message, in Slack's own notation. */
export function blocksText(blocks: unknown, depth = 0): string {
  if (depth > DEEPEST) return '';
  return joined(list(blocks).map((block) => blockText(block, depth)));
}

function blockText(block: Block, depth: number): string {
  switch (block.type) {
    case 'rich_text':
      return joined(list(block.elements).map((element) => richText(element)));
    case 'section':
      return joined([textOf(block.text), ...list(block.fields).map(textOf), accessoryText(block.accessory)]);
    case 'context':
      return list(block.elements).map(contextText).filter(Boolean).join(' ');
    case 'markdown':
      return escapeMrkdwn(String(block.text ?? ''));
    case 'image':
      return imageText(block);
    case 'video':
      return named('video', [textOf(block.title), textOf(block.description), String(block.author_name ?? '')]);
    case 'table':
    case 'data_table':
      return rowsOf(block.rows)
        .map((row) => row.map((cell) => cellText(cell)).join(' | '))
        .join('\n');
    case 'actions':
      return list(block.elements).map(accessoryText).filter(Boolean).join(' ');
    case 'input':
      return joined([textOf(block.label), accessoryText(block.element), textOf(block.hint)]);
    case 'context_actions':
    case 'divider':
    case 'file':
      return '';
    default:
      return unknownText(block, depth);
  }
}

function richText(element: Block): string {
  const inner = () => list(element.elements).map(inlineText).join('');
  switch (element.type) {
    case 'rich_text_list': {
      const indent = '    '.repeat(Number(element.indent ?? 0));
      const first = Number(element.offset ?? 0) + 1;
      const mark = (index: number) => (element.style === 'ordered' ? `${first + index}.` : '•');
      return list(element.elements)
        .map((item, index) => `${indent}${mark(index)} ${richText(item)}`)
        .join('\n');
    }
    case 'rich_text_quote':
      return quoted(inner());
    case 'rich_text_preformatted':
      return `\`\`\`\n${inner()}\n\`\`\``;
    default:
      return inner().replace(/\n$/, '');
  }
}

function inlineText(element: Block): string {
  const text = escapeMrkdwn(String(element.text ?? ''));
  switch (element.type) {
    case 'text':
      return (element.style as Block | undefined)?.code ? `\`${text}\`` : text;
    case 'link': {
      const url = escapeMrkdwn(String(element.url ?? '')).replaceAll('|', '%7C');
      return text === '' ? `<${url}>` : `<${url}|${text.replaceAll('|', '¦')}>`;
    }
    case 'user':
      return `<@${element.user_id}>`;
    case 'channel':
      return `<#${element.channel_id}>`;
    case 'usergroup':
      return `<!subteam^${element.usergroup_id}>`;
    case 'broadcast':
      return `<!${element.range}>`;
    case 'emoji':
      return emojiText(element);
    case 'date':
      return `<!date^${element.timestamp}^${element.format}|${escapeMrkdwn(String(element.fallback ?? ''))}>`;
    case 'color':
      return String(element.value ?? '');
    default:
      return text;
  }
}

function emojiText({ name, unicode }: Block): string {
  if (typeof unicode !== 'string' || !/^[\da-f]{2,6}(-[\da-f]{2,6})*$/i.test(unicode)) return `:${name}:`;
  const points = unicode.split('-').map((code) => Number.parseInt(code, 16));
  return points.every((point) => point <= 0x10_ff_ff) ? String.fromCodePoint(...points) : `:${name}:`;
}

function contextText(element: Block): string {
  return element.type === 'image' ? imageText(element) : textOf(element);
}

/** What is written on buttons and menus: in a poll, those are what can be chosen. */
function accessoryText(value: unknown): string {
  const element = (value ?? {}) as Block;
  if (element.type === 'image') return imageText(element);
  if (OWN_ACTIONS.has(element.action_id)) return '';
  const options = list(element.options).map((option) => textOf(option.text));
  const words = element.type === 'button' ? [textOf(element.text)] : options;
  return words
    .filter(Boolean)
    .map((word) => `[${word}]`)
    .join(' ');
}

function cellText(cell: Block): string {
  const text = cell.type === 'rich_text' ? blockText(cell, DEEPEST) : textOf(cell) || String(cell.value ?? '');
  return text.replaceAll('\n', ' ');
}

function imageText(image: Block): string {
  return named('image', [textOf(image.title), escapeMrkdwn(String(image.alt_text ?? ''))]);
}

function unknownText(block: Block, depth: number): string {
  const words = WORDS_OF_UNKNOWN.map((key) => textOf(block[key]));
  return joined([...words, ...INSIDE_UNKNOWN.map((key) => blocksText(block[key], depth + 1))]);
}

/** A text object, or a string where some blocks have one. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return escapeMrkdwn(value);
  const { type, text } = (value ?? {}) as Block;
  if (typeof text !== 'string') return '';
  return type === 'mrkdwn' ? text : escapeMrkdwn(text);
}

export function quoted(text: string): string {
  return text
    .split('\n')
    .map((line) => `&gt; ${line}`)
    .join('\n');
}

function named(kind: string, words: string[]): string {
  const told = [...new Set(words.filter(Boolean))].join(', ');
  return told === '' ? '' : `[${kind}: ${told}]`;
}

function joined(parts: string[]): string {
  return parts.filter((part) => part.trim() !== '').join('\n');
}

function list(value: unknown): Block[] {
  return Array.isArray(value) ? value.filter((one): one is Block => typeof one === 'object' && one !== null) : [];
}

function rowsOf(value: unknown): Block[][] {
  return Array.isArray(value) ? value.map((row) => list((row as Block | null)?.cells ?? row)) : [];
}
