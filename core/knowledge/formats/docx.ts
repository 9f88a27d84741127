import { parseHTML } from 'linkedom';
import mammoth from 'mammoth';
import { AppError } from '../../errors.ts';
import type { ParsedDocument } from '../document-block.ts';
import { htmlToMarkdown } from './html-to-markdown.ts';
import { parseMarkdown } from './markdown.ts';

/** Far more than the longest book; what claims more is made to fill the memory. */
const MAX_UNPACKED_BYTES = 200_000_000;

/** Reads a Word document: headings, lists and tables by their styles; pictures are left out. */
export async function parseDocx(bytes: Uint8Array): Promise<ParsedDocument> {
  // The container of old .doc files, which Word also puts around documents with a password.
  if (Buffer.from(bytes.subarray(0, 4)).toString('hex') === 'd0cf11e0') {
    throw new AppError('unreadable_document', 'It has a password or is in the old .doc format; save it as plain DOCX.');
  }
  if (unpackedSize(Buffer.from(bytes)) > MAX_UNPACKED_BYTES) {
    throw new AppError('unreadable_document', `It unpacks to more than ${MAX_UNPACKED_BYTES / 1e6} MB.`);
  }
  const { value } = await mammoth.convertToHtml(
    { buffer: Buffer.from(bytes) },
    { convertImage: mammoth.images.imgElement(async () => ({ src: '' })) },
  );
  const { document } = parseHTML(`<html><body>${value}</body></html>`);
  return parseMarkdown(htmlToMarkdown(document.body));
}

/** What the zip archive's own directory says; every entry in it begins with this mark and has its size at byte 24. */
function unpackedSize(zip: Buffer): number {
  const mark = 'PK\x01\x02';
  let size = 0;
  for (let at = zip.indexOf(mark); at >= 0 && at + 28 <= zip.length; at = zip.indexOf(mark, at + 4)) {
    size += zip.readUInt32LE(at + 24);
  }
  return size;
}
