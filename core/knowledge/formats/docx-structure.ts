import { DOMParser, XMLSerializer } from '@xmldom/xmldom';
import JSZip from 'jszip';
import { type DocxNumbering, readNumbering } from './docx-numbering.ts';
import { type DocxStyle, readStyles, toHeadingLevel } from './docx-styles.ts';
import { attributeOf, childOf, childrenOf, createLike, elementsOf } from './docx-xml.ts';

/** Around the level and the mark that a list paragraph begins with; for private use, so no text has it. */
const MARK = '\uE0F0';
const MARKED = new RegExp(`^\\s*${MARK}(\\d+)${MARK}([^${MARK}]*)${MARK}\\s*`);

/**
 * Says in the file itself what its styles and lists mean, in the plain way that the converter understands: headings by
 * their style's id, list paragraphs by a mark with their number, tables with all cells of a row.
 */
export async function spellOutStructure(bytes: Uint8Array): Promise<Buffer> {
  const zip = await JSZip.loadAsync(bytes);
  const read = async (name: string) => {
    const text = await zip.file(name)?.async('string');
    return text ? (new DOMParser({ onError: () => {} } as never).parseFromString(text, 'text/xml') as Document) : null;
  };
  const main = await mainPart(read);
  const folder = main.replace(/[^/]*$/, '');
  const document = await read(main);
  if (!document) throw new Error('The archive has no document in it.');
  const styleOf = readStyles(await read(`${folder}styles.xml`));
  const numbering = readNumbering(await read(`${folder}numbering.xml`));
  for (const row of elementsOf(document, 'tr')) completeRow(row);
  for (const paragraph of elementsOf(document, 'p')) spellOut(paragraph, styleOf, numbering);
  zip.file(main, new XMLSerializer().serializeToString(document));
  return zip.generateAsync({ type: 'nodebuffer' });
}

/** The level and mark that a converted paragraph begins with, and the rest of it; null for one of no list. */
export function readMark(html: string): { level: number; marker: string; rest: string } | null {
  const match = MARKED.exec(html);
  return match ? { level: Number(match[1]), marker: match[2] ?? '', rest: html.slice(match[0].length) } : null;
}

async function mainPart(read: (name: string) => Promise<Document | null>): Promise<string> {
  const relations = await read('_rels/.rels');
  const main = relations
    ? Array.from(relations.getElementsByTagName('Relationship')).find((one) =>
        (one.getAttribute('Type') ?? '').endsWith('/officeDocument'),
      )
    : undefined;
  return (main?.getAttribute('Target') ?? 'word/document.xml').replace(/^\//, '');
}

function spellOut(paragraph: Element, styleOf: (id: string) => DocxStyle, numbering: DocxNumbering): void {
  // The same text once more, for programs that cannot draw the other one.
  for (let around = paragraph.parentNode; around; around = around.parentNode) {
    if ((around as Element).localName === 'Fallback') return;
  }
  const properties = childOf(paragraph, 'pPr');
  const styleElement = childOf(properties, 'pStyle');
  const styleId = attributeOf(styleElement, 'val');
  const style = styleOf(styleId);
  const outline = attributeOf(childOf(properties, 'outlineLvl'), 'val');
  const level = outline ? toHeadingLevel(outline) : style.headingLevel;
  const mark = markOf(properties, { styleId, style }, numbering);
  if (style.isTableOfContents) {
    paragraph.parentNode?.replaceChild(createLike(paragraph, 'p'), paragraph);
    return;
  }
  for (const name of ['pStyle', 'numPr']) for (const old of childrenOf(properties, name)) properties?.removeChild(old);
  if (level) setStyle(paragraph, properties, `Heading${level}`);
  else if (mark) prependText(paragraph, properties, `${MARK}${mark.level}${MARK}${mark.marker}${MARK}`);
}

/** What the paragraph says of its list goes before what its style says; list 0 is none. */
function markOf(
  properties: Element | null,
  { styleId, style }: { styleId: string; style: DocxStyle },
  numbering: DocxNumbering,
): { level: number; marker: string } | null {
  const own = childOf(properties, 'numPr');
  const listId = attributeOf(childOf(own, 'numId'), 'val') || style.listId;
  if (!listId || listId === '0') return null;
  const ownLevel = attributeOf(childOf(own, 'ilvl'), 'val');
  const level = ownLevel ? Number(ownLevel) : (style.listLevel ?? numbering.levelOfStyle(listId, styleId));
  const marker = numbering.next(listId, level).trim();
  return marker ? { level, marker } : null;
}

function setStyle(paragraph: Element, properties: Element | null, styleId: string): void {
  const home = properties ?? paragraph.insertBefore(createLike(paragraph, 'pPr'), paragraph.firstChild);
  home.insertBefore(createLike(paragraph, 'pStyle', styleId), home.firstChild);
}

function prependText(paragraph: Element, properties: Element | null, text: string): void {
  const words = createLike(paragraph, 't');
  words.appendChild(paragraph.ownerDocument.createTextNode(text));
  const run = createLike(paragraph, 'r');
  run.appendChild(words);
  paragraph.insertBefore(run, properties ? properties.nextSibling : paragraph.firstChild);
}

/** Rows may begin or end some columns further in, and old files merge cells by a mark in each of them. */
function completeRow(row: Element): void {
  const properties = childOf(row, 'trPr');
  const cells = childrenOf(row, 'tc');
  const before = Number(attributeOf(childOf(properties, 'gridBefore'), 'val') || 0);
  if (before > 0) row.insertBefore(emptyCell(row, before), cells[0] ?? null);
  let open: Element | null = null;
  for (const cell of cells) {
    const merge = childOf(childOf(cell, 'tcPr'), 'hMerge');
    if (merge && attributeOf(merge, 'val') !== 'restart' && open) {
      widen(open, spanOf(cell));
      row.removeChild(cell);
    } else {
      open = merge ? cell : null;
    }
  }
}

function emptyCell(row: Element, width: number): Element {
  const cell = createLike(row, 'tc');
  const properties = createLike(row, 'tcPr');
  properties.appendChild(createLike(row, 'gridSpan', String(width)));
  cell.appendChild(properties);
  cell.appendChild(createLike(row, 'p'));
  return cell;
}

function spanOf(cell: Element): number {
  return Number(attributeOf(childOf(childOf(cell, 'tcPr'), 'gridSpan'), 'val') || 1);
}

function widen(cell: Element, by: number): void {
  const span = spanOf(cell) + by;
  const properties = childOf(cell, 'tcPr');
  for (const old of childrenOf(properties, 'gridSpan')) properties?.removeChild(old);
  properties?.appendChild(createLike(cell, 'gridSpan', String(span)));
}
