import { fieldPieces } from './pdf-fields.ts';
import { type Matrix, multiply, type PdfPage, type Piece } from './pdf-piece.ts';
import { type Operators, type Rulings, readRulings } from './pdf-rulings.ts';

export interface PagePieces {
  pieces: Piece[];
  /** The lines that it draws. */
  rulings: Rulings;
  /** Characters that are drawn, but of which the file does not say what they are. */
  unknown: number;
}

const SHOW_TEXT = 44;
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
  const { soft, unknown } = readGlyphs(operators, pieces);
  insertHyphens(pieces, soft);
  for (const piece of pieces) piece.text = withKnownSigns(piece.text);
  const fields = await fieldPieces(page, view, pieces);
  const readable = [...pieces, ...fields].filter(({ text }) => text.trim() !== '');
  return { pieces: readable, rulings: await readRulings(operators, view), unknown };
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

/**
 * The reader drops soft hyphens, which some programs (Typst among them) write for every hyphen that they draw. What the
 * page draws still has them: here is after how many characters each comes.
 */
function readGlyphs(operators: Operators, pieces: Piece[]): { soft: number[]; unknown: number } {
  const soft: number[] = [];
  let count = 0;
  let unknown = 0;
  for (const [n, operator] of operators.fnArray.entries()) {
    if (operator !== SHOW_TEXT) continue;
    for (const glyph of operators.argsArray[n]?.[0] ?? []) {
      const unicode: unknown = glyph?.unicode;
      if (typeof unicode !== 'string') continue;
      if (unicode === SOFT_HYPHEN) soft.push(count);
      count += lengthOf(unicode);
      unknown += unicode.replace(SYMBOL_BULLETS, '').match(PRIVATE)?.length ?? 0;
    }
  }
  // Where the two do not agree on all else, nobody knows where the hyphens belong.
  const isSame = count === pieces.reduce((sum, { text }) => sum + lengthOf(text), 0);
  return { soft: isSame ? soft : [], unknown };
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
