import type { MessageSource } from '../../core/messages/message.ts';
import { type CitedSource, sourceLines } from '../shared/source-lines.ts';

const LONGEST_TITLE = 100;
/** Longer addresses would fill the message; the title is shown without a link. */
const LONGEST_URL = 500;

/** Lines for below an answer: the sources that it points to. */
export function toSourceLines(text: string, sources: MessageSource[]): string[] {
  const render = (source: CitedSource) => `-# ${source.numbers.map((n) => `[${n}]`).join('')} ${toLink(source)}`;
  return sourceLines(sources, render, { answer: text });
}

function toLink({ title, url }: CitedSource): string {
  const label = toLabel(title);
  const isShown = url !== null && url.length <= LONGEST_URL && /^https?:\/\//.test(url);
  // In angle brackets, an address may hold round ones.
  return isShown
    ? `[${label}](<${encodeURI(decodeSafely(url)).replaceAll('<', '%3C').replaceAll('>', '%3E')}>)`
    : label;
}

/** A title is text from a document: it must not end the link, nor look like Markdown or a mention. */
function toLabel(title: string): string {
  const plain = title.replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_TITLE);
  return plain
    .replaceAll(/[\\*_~`|>]/g, '\\$&')
    .replaceAll('[', '(')
    .replaceAll(']', ')')
    .replaceAll('<', '‹');
}

/** So that what is encoded already is not encoded twice. */
function decodeSafely(url: string): string {
  try {
    return decodeURI(url);
  } catch {
    return url;
  }
}
