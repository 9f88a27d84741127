import { fileURLToPath } from 'node:url';
import { getDocumentProxy, getMeta } from 'unpdf';
import { AppError } from '../../errors.ts';
import type { DocumentBlock, Omission, ParsedDocument } from '../document-block.ts';
import { toReadingOrder } from './pdf-columns.ts';
import { toBlocks } from './pdf-paragraphs.ts';
import type { Piece } from './pdf-piece.ts';
import { type PagePieces, readPieces } from './pdf-pieces.ts';
import { takeRuledTables } from './pdf-ruled-tables.ts';
import { markRuled } from './pdf-tables.ts';

/** Fewer may be ornaments. */
const FEW_CHARACTERS = 20;
const RULED_SIZE = 8;

/** Reads the text of a PDF in the order people read it; every page is a section, with the anchor that browsers open it by. */
export async function parsePdf(bytes: Uint8Array): Promise<ParsedDocument> {
  // The reader takes the memory it is given for its own.
  const pdf = await getDocumentProxy(Uint8Array.from(bytes), { verbosity: 0, ...assets(), maxImageSize: 1 }).catch(
    (cause) => {
      if (cause?.name === 'PasswordException') {
        throw new AppError('unreadable_document', 'It is encrypted with a password.', { cause });
      }
      throw cause;
    },
  );
  try {
    const blocks: DocumentBlock[] = [];
    const silent: number[] = [];
    const omissions: Omission[] = [];
    for (let number = 1; number <= pdf.numPages; number += 1) {
      const page = await pdf.getPage(number);
      const read = await readPieces(page);
      page.cleanup();
      if (read.pieces.length === 0 && read.muted === 0) silent.push(number);
      if (read.pieces.length > 0) blocks.push(...toSection(number, read));
      if (read.muted > 0) omissions.push({ part: `page ${number}`, reason: mutedText(read.muted) });
      if (read.unknown > FEW_CHARACTERS)
        omissions.push({ part: `page ${number}`, reason: unknownCharacters(read.unknown) });
    }
    if (blocks.length === 0 && omissions.length > 0) {
      throw new AppError('unreadable_document', 'Its text is in fonts that cannot be read.');
    }
    if (blocks.length === 0) {
      throw new AppError('unreadable_document', 'There is no text in it; it may be a scan without text recognition.');
    }
    const { info } = await getMeta(pdf);
    return { title: cleanTitle(info?.Title), url: null, blocks, omissions: [...ofSilent(silent), ...omissions] };
  } finally {
    await pdf.loadingTask.destroy();
  }
}

/** Tables of characters for fonts that a file only names, as most in Chinese, Japanese and Korean do. */
function assets() {
  const folder = fileURLToPath(new URL('.', import.meta.resolve('pdfjs-dist/package.json')));
  return { cMapUrl: `${folder}cmaps/`, cMapPacked: true, standardFontDataUrl: `${folder}standard_fonts/` };
}

function toSection(number: number, { pieces, rulings }: PagePieces): DocumentBlock[] {
  const heading = { type: 'heading', level: 2, text: `Page ${number}`, anchor: `page=${number}` } as const;
  const { tables, others } = takeRuledTables(pieces, rulings);
  // In the order of the page each of them is one line as wide as it is.
  const places = tables.map(({ left, right, top }, n): Piece => {
    return {
      text: markRuled(n),
      x: left,
      y: top + RULED_SIZE,
      width: right - left,
      size: RULED_SIZE,
      spaceBefore: false,
    };
  });
  const columns = toReadingOrder([...others, ...places]);
  return [
    heading,
    ...toBlocks(
      columns,
      tables.map(({ cells }) => cells),
    ),
  ];
}

function mutedText(count: number): string {
  return `${count === 1 ? 'One piece' : `${count} pieces`} of text on it cannot be read: the font is damaged or unknown.`;
}

function unknownCharacters(count: number): string {
  return `${count} characters on it are drawn without saying which they are.`;
}

function ofSilent(pages: number[]): Omission[] {
  if (pages.length === 0) return [];
  const named = pages.length > 10 ? `${pages.slice(0, 10).join(', ')} and ${pages.length - 10} more` : pages.join(', ');
  const reason = 'There is no text on it; it may be empty, or a picture without text recognition.';
  return [{ part: `page${pages.length > 1 ? 's' : ''} ${named}`, reason }];
}

/** Word processors leave file names and "untitled" where a title should be. */
function cleanTitle(title: unknown): string | null {
  const text = typeof title === 'string' ? title.trim() : '';
  const isNone = /^(\(?(untitled|anonymous|unspecified)\)?|microsoft word - .*|.*\.(docx?|pdf|indd|tex))$/i.test(text);
  return text === '' || isNone ? null : text;
}
