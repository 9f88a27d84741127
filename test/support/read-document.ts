import type { DocumentBlock, ParsedDocument } from '../../core/knowledge/document-block.ts';
import { parseDocument } from '../../core/knowledge/parse-document.ts';

/** A document as its reader gives it; text is read as UTF-8. */
export function readDocument(
  name: string,
  content: string | Uint8Array,
  { contentType = null, url = null }: { contentType?: string | null; url?: string | null } = {},
): Promise<ParsedDocument> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return parseDocument({ name, contentType, url, bytes });
}

export function textsOf({ blocks }: ParsedDocument): string[] {
  return blocks.map((block: DocumentBlock) => block.text);
}
