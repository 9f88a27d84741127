import { AppError } from '../errors.ts';
import type { ParsedDocument } from './document-block.ts';
import { decodeText } from './formats/decode-text.ts';
import { charsetOf, type DocumentFormat, detectFormat, READABLE_KINDS } from './formats/detect-format.ts';

/** Part of every content hash: raise it when reading or chunking changes, and the next sync reads everything anew. */
export const PARSER_VERSION = '3';

export interface RawDocument {
  /** File name or address; its ending tells the format where the content type does not. */
  name: string;
  contentType: string | null;
  bytes: Uint8Array;
  /** Address of the page, for the links in it. */
  url: string | null;
}

type Reader = (raw: RawDocument) => Promise<ParsedDocument>;

// Each reader is loaded when its first document comes: together they would cost a second of every start.
const READERS: Record<DocumentFormat, Reader> = {
  markdown: async (raw) => readMarkdown(textOf(raw)),
  text: async (raw) => (await import('./formats/plain-text.ts')).parsePlainText(textOf(raw)),
  html: async (raw) => (await import('./formats/html.ts')).parseHtml(raw.bytes, charsetOf(raw.contentType), raw.url),
  pdf: async (raw) => (await import('./formats/pdf.ts')).parsePdf(raw.bytes),
  docx: async (raw) => (await import('./formats/docx.ts')).parseDocx(raw.bytes),
  csv: async (raw) => (await import('./formats/csv.ts')).parseCsv(textOf(raw), { isTabbed: isTabbed(raw) }),
  json: async (raw) => (await import('./formats/question-answers.ts')).parseJson(textOf(raw)),
  jsonl: async (raw) => (await import('./formats/question-answers.ts')).parseJsonLines(textOf(raw)),
};

/**
 * Reads a document of any supported format.
 * @throws AppError `unreadable_document`, in words that make sense beside the document's name
 */
export async function parseDocument(raw: RawDocument): Promise<ParsedDocument> {
  const format = detectFormat(raw.name, raw.contentType);
  if (!format) throw new AppError('unreadable_document', `Not a type that can be read (${READABLE_KINDS}).`);
  try {
    return withPlainHyphens(await READERS[format](raw));
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('unreadable_document', 'The file is damaged or is not what its name says.', { cause });
  }
}

/** One sign for all hyphens, and none where a word may be cut but is not: else nobody finds what has them. */
function withPlainHyphens(parsed: ParsedDocument): ParsedDocument {
  const plain = (text: string) => text.replaceAll('\u00AD', '').replace(/[\u2010\u2011]/g, '-');
  const blocks = parsed.blocks.map((block) => ({ ...block, text: plain(block.text) }));
  return { ...parsed, title: parsed.title === null ? null : plain(parsed.title), blocks };
}

function isTabbed({ name, contentType }: RawDocument): boolean {
  return /\.tsv$/i.test(name) || /tab-separated/i.test(contentType ?? '');
}

/** Tables written as HTML need the reader of pages, which takes a while to load. */
async function readMarkdown(text: string): Promise<ParsedDocument> {
  const { parseMarkdown } = await import('./formats/markdown.ts');
  if (!/<table[\s>]/i.test(text)) return parseMarkdown(text);
  const { blocksOfHtml } = await import('./formats/html.ts');
  return parseMarkdown(text, { readTable: blocksOfHtml });
}

function textOf(raw: RawDocument): string {
  return decodeText(raw.bytes, charsetOf(raw.contentType));
}
