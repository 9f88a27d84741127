import { getResolvedPDFJS } from 'unpdf';
import { fieldPieces } from './pdf-fields.ts';
import { type Matrix, multiply, type PdfPage, type Piece } from './pdf-piece.ts';
import { type Operators, type Rulings, readRulings } from './pdf-rulings.ts';

export interface PagePieces {
  pieces: Piece[];
  /** The lines that it draws. */
  rulings: Rulings;
  /** Characters that are drawn, but of which the file does not say what they are. */
  unknown: number;
  /** Runs of text in fonts that cannot be read at all. */
  muted: number;
}

const SOFT_HYPHEN = '\u00AD';
/** Symbol fonts draw the marks of lists with characters of no meaning. */
const SYMBOL_BULLETS = /[\uF0A7\uF0B7\uF0D8\uF076\uF0FC]/g;
const PRIVATE = /[\uE000-\uF8FF\uFFFD]|[^\P{Cc}\s]/gu;
const PRESENTATION_FORMS = /[\uFB00-\uFB4F\uFB50-\uFDFF\uFE70-\uFEFC]/g;

/** The text of a page with what was typed into its forms, in the order in which the file draws it. */
export async function readPieces(page: PdfPage): Promise<PagePieces> {
  const content = await page.getTextContent({ disableNormalization: true });
  const view = page.getViewport({ scale: 1 }).transform as unknown as Matrix;
  const pieces: Piece[] = [];
  let spaceBefore = false;
  for (const item of content.items) {
    if (!('str' in item)) continue;
    if (item.str.trim() === '') {
      spaceBefore ||= item.str !== '';
      continue;
    }
    const [a, b, c, d, x, y] = multiply(view, item.transform as unknown as Matrix);
    const isUpright = a > 0 && Math.abs(b) < a / 10;
    const size = Math.hypot(c, d) || item.height || 1;
    // What is turned has no place among the lines; in the order it was drawn, it comes last.
    const place = isUpright ? { x, y } : { x: 0, y: TURNED + pieces.length };
    pieces.push({
      text: item.str,
      ...place,
      width: isUpright ? item.width : 1,
      size: isUpright ? size : 0.5,
      spaceBefore,
    });
    spaceBefore = false;
  }
  const operators = await page.getOperatorList({ annotationMode: 0 });
  const { soft, unknown, muted } = await readGlyphs(page, operators, pieces);
  insertHyphens(pieces, soft);
  for (const piece of pieces) piece.text = withKnownSigns(piece.text);
  const fields = await fieldPieces(page, view, pieces);
  const readable = [...pieces, ...fields].filter(({ text }) => text.trim() !== '');
  return { pieces: readable, rulings: await readRulings(operators, view), unknown, muted };
}

/** Below every page. */
const TURNED = 1e6;

function withKnownSigns(text: string): string {
  return text
    .replace(SYMBOL_BULLETS, '•')
    .replace(PRIVATE, '')
    .replace(PRESENTATION_FORMS, (form) => form.normalize('NFKC'))
    .replaceAll('\u2010', '-')
    .replaceAll('\u2011', '-');
}

interface Glyphs {
  /** After how many characters each soft hyphen comes. */
  soft: number[];
  unknown: number;
  muted: number;
}

/**
 * The reader drops soft hyphens, which some programs (Typst among them) write for every hyphen that they draw, and text
 * in broken fonts. What the page draws still has them.
 */
async function readGlyphs(page: PdfPage, operators: Operators, pieces: Piece[]): Promise<Glyphs> {
  const { OPS } = await getResolvedPDFJS();
  const found: Glyphs = { soft: [], unknown: 0, muted: 0 };
  let count = 0;
  let isBroken = false;
  for (const [n, operator] of operators.fnArray.entries()) {
    const [input] = operators.argsArray[n] ?? [];
    // In the place of a font that cannot be read there is a sentence that says why.
    if (operator === OPS.setFont)
      isBroken = page.commonObjs.has(input) && typeof page.commonObjs.get(input) === 'string';
    if (operator !== OPS.showText) continue;
    if (isBroken) found.muted += 1;
    for (const glyph of input ?? []) {
      const unicode: unknown = glyph?.unicode;
      if (typeof unicode !== 'string') continue;
      if (unicode === SOFT_HYPHEN) found.soft.push(count);
      count += lengthOf(unicode);
      found.unknown += unicode === '' ? 1 : (unicode.replace(SYMBOL_BULLETS, '').match(PRIVATE)?.length ?? 0);
    }
  }
  // Where the two do not agree on all else, nobody knows where the hyphens belong.
  const isSame = count === pieces.reduce((sum, { text }) => sum + lengthOf(text), 0);
  return { ...found, soft: isSame ? found.soft : [] };
}

function lengthOf(text: string): number {
  return text.replace(/[\s\p{Cf}]/gu, '').length;
}

function insertHyphens(pieces: Piece[], soft: number[]): void {
  let at = 0;
  let next = 0;
  for (const [n, piece] of pieces.entries()) {
    let text = '';
    for (const character of piece.text) {
      if (soft[next] === at && text !== '') {
        text += '-';
        next += 1;
      }
      text += character;
      at += lengthOf(character);
    }
    if (soft[next] === at && (soft[next] ?? 0) > 0) {
      text += '-';
      next += 1;
      const after = pieces[n + 1];
      const gap = after ? after.x - piece.x - piece.width : 0;
      if (after && Math.abs(after.y - piece.y) < 1 && gap > 0 && gap < piece.size) {
        after.spaceBefore = false;
        piece.width += gap;
      }
    }
    piece.text = text;
    while ((soft[next] ?? Number.POSITIVE_INFINITY) < at) next += 1;
  }
}
