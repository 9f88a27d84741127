import { parseHTML } from 'linkedom';
import mammoth from 'mammoth';
import { AppError } from '../../errors.ts';
import type { ParsedDocument } from '../document-block.ts';
import { htmlToMarkdown } from './html-to-markdown.ts';
import { parseMarkdown } from './markdown.ts';

/** Reads a Word document: headings, lists and tables by their styles; pictures are left out. */
export async function parseDocx(bytes: Uint8Array): Promise<ParsedDocument> {
  // The container of old .doc files, which Word also puts around documents with a password.
  if (Buffer.from(bytes.subarray(0, 4)).toString('hex') === 'd0cf11e0') {
    throw new AppError('unreadable_document', 'It has a password or is in the old .doc format; save it as plain DOCX.');
  }
  const { value } = await mammoth.convertToHtml(
    { buffer: Buffer.from(bytes) },
    { convertImage: mammoth.images.imgElement(async () => ({ src: '' })) },
  );
  const { document } = parseHTML(`<html><body>${value}</body></html>`);
  return parseMarkdown(htmlToMarkdown(document.body));
}
