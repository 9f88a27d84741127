import { extractTextItems, getDocumentProxy, getMeta, type StructuredTextItem } from 'unpdf';
import { AppError } from '../../errors.ts';
import type { DocumentBlock, ParsedDocument } from '../document-block.ts';

/** Reads the text of a PDF; every page is a section, with the anchor that browsers open it by. */
export async function parsePdf(bytes: Uint8Array): Promise<ParsedDocument> {
  // The reader takes the memory it is given for its own.
  const pdf = await getDocumentProxy(Uint8Array.from(bytes), { verbosity: 0 }).catch((cause) => {
    if (cause?.name === 'PasswordException') {
      throw new AppError('unreadable_document', 'It is encrypted with a password.', { cause });
    }
    throw cause;
  });
  try {
    const { items } = await extractTextItems(pdf);
    const blocks = items.flatMap((page, n) => toBlocks(page, n + 1));
    if (blocks.length === 0) {
      throw new AppError('unreadable_document', 'There is no text in it; it may be a scan without text recognition.');
    }
    const { info } = await getMeta(pdf);
    return { title: cleanTitle(info?.Title), url: null, blocks };
  } finally {
    await pdf.loadingTask.destroy();
  }
}

function toBlocks(items: StructuredTextItem[], page: number): DocumentBlock[] {
  const paragraphs = toParagraphs(items);
  if (paragraphs.length === 0) return [];
  const heading = { type: 'heading', level: 2, text: `Page ${page}`, anchor: `page=${page}` } as const;
  return [heading, ...paragraphs.map((text) => ({ type: 'prose', text }) as const)];
}

interface Line {
  text: string;
  y: number;
  height: number;
}

/** A gap wider than between lines starts a paragraph; words cut at a line's end are joined again. */
function toParagraphs(items: StructuredTextItem[]): string[] {
  const paragraphs: string[] = [];
  let last: Line | null = null;
  for (const line of toLines(items)) {
    const isNext = last !== null && Math.abs(last.y - line.y) <= 1.6 * Math.max(last.height, line.height);
    if (isNext) paragraphs.push(joinLines(paragraphs.pop() ?? '', line.text));
    else paragraphs.push(line.text);
    last = line;
  }
  return paragraphs;
}

function joinLines(before: string, line: string): string {
  return /\p{L}-$/u.test(before) && /^\p{Ll}/u.test(line) ? before.slice(0, -1) + line : `${before} ${line}`;
}

function toLines(items: StructuredTextItem[]): Line[] {
  const lines: Line[] = [];
  let text = '';
  for (const [n, item] of items.entries()) {
    text += item.str;
    const next = items[n + 1];
    const isLineEnd = item.hasEOL || !next || Math.abs(next.y - item.y) > item.height / 2 + 1;
    if (!isLineEnd) continue;
    const line = text.replace(/\s+/g, ' ').trim();
    if (line) lines.push({ text: line, y: item.y, height: item.height || item.fontSize });
    text = '';
  }
  return lines;
}

/** Word processors leave file names and "untitled" where a title should be. */
function cleanTitle(title: unknown): string | null {
  const text = typeof title === 'string' ? title.trim() : '';
  return text === '' || /^(untitled|microsoft word - .*|.*\.(docx?|pdf|indd|tex))$/i.test(text) ? null : text;
}
