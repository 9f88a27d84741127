import mammoth from 'mammoth';
import { AppError } from '../../errors.ts';
import type { ParsedDocument } from '../document-block.ts';
import { readMark, spellOutStructure } from './docx-structure.ts';
import { htmlToBlocks } from './html-blocks.ts';
import { type HtmlElement, toHtmlDocument } from './html-document.ts';

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
    { buffer: await spellOutStructure(bytes) },
    { convertImage: mammoth.images.imgElement(async () => ({ src: '' })) },
  );
  const document = toHtmlDocument(value);
  putNotesInPlace(document);
  gatherLists(document);
  const blocks = htmlToBlocks(document.body);
  const first = blocks.find((block) => block.type === 'heading');
  return { title: first?.level === 1 ? first.text : null, url: null, blocks };
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

/**
 * A footnote stands in brackets where it is called: a passage is read without the page it was on, and a call written as
 * `[1]` would look like the number of a source.
 */
function putNotesInPlace(document: Document): void {
  for (const call of document.querySelectorAll('a[href^="#footnote-"], a[href^="#endnote-"]')) {
    const id = (call.getAttribute('href') ?? '').slice(1);
    if (id.includes('-ref-')) continue;
    const note = document.getElementById(id);
    for (const back of note?.querySelectorAll('a[href*="-ref-"]') ?? []) back.remove();
    const text = (note?.textContent ?? '').replace(/\s+/g, ' ').trim();
    (call.closest('sup') ?? call).replaceWith(text ? ` (${text})` : '');
  }
  for (const note of document.querySelectorAll('li[id^="footnote-"], li[id^="endnote-"]')) note.remove();
}

/** Neighbouring paragraphs with marks become a list, the deeper ones within the item above them. */
function gatherLists(document: Document): void {
  let open: { level: number; list: HtmlElement }[] = [];
  for (const paragraph of document.querySelectorAll('p')) {
    const mark = readMark(paragraph.innerHTML);
    if (!mark) continue;
    const item = document.createElement('li');
    item.setAttribute('data-marker', mark.marker);
    item.innerHTML = mark.rest;
    const isNext = open[0] !== undefined && paragraph.previousElementSibling === open[0].list;
    if (!isNext) open = [];
    while (open.length > 1 && (open.at(-1)?.level ?? 0) > mark.level) open.pop();
    const around = open.at(-1);
    const list = around && around.level >= mark.level ? around.list : document.createElement('ul');
    if (list !== around?.list) {
      open.push({ level: mark.level, list });
      if (around) around.list.lastElementChild?.append(list);
      else paragraph.before(list);
    }
    list.append(item);
    paragraph.remove();
  }
}
