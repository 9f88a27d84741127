import { type Matrix, type PdfPage, type Piece, toPlace } from './pdf-piece.ts';

interface Annotation {
  subtype?: string;
  rect?: number[];
  fieldType?: string;
  fieldName?: string;
  fieldValue?: unknown;
  alternativeText?: string;
  checkBox?: boolean;
  radioButton?: boolean;
  buttonValue?: unknown;
  exportValue?: unknown;
  password?: boolean;
  hidden?: boolean;
  contentsObj?: { str?: string };
}

const LARGEST_SIZE = 12;

/** What people typed, ticked or chose in a form, and what they wrote onto the page, as text at its place. */
export async function fieldPieces(page: PdfPage, view: Matrix, around: Piece[]): Promise<Piece[]> {
  const annotations = (await page.getAnnotations({ intent: 'display' })) as Annotation[];
  return annotations.flatMap((annotation) => {
    const value = valueOfField(annotation);
    const [left = 0, bottom = 0, right = 0, top = 0] = annotation.rect ?? [];
    if (value === '' || annotation.hidden || annotation.password) return [];
    const corners = [toPlace(view, left, bottom), toPlace(view, right, top)] as const;
    const x = Math.min(corners[0].x, corners[1].x);
    const bottomLine = Math.max(corners[0].y, corners[1].y);
    const height = Math.abs(corners[0].y - corners[1].y);
    const width = Math.abs(corners[0].x - corners[1].x);
    const lines = value.split(/\r\n?|\n/).filter((line) => line.trim() !== '');
    const size = Math.min(LARGEST_SIZE, height / lines.length);
    const base = lines.length > 1 ? bottomLine - height + size : bottomLine - (height - size) / 2;
    return lines.map((text, n): Piece => {
      const place = { x, y: base + (n * height) / lines.length, size, width };
      const beside = n === 0 ? around.find((piece) => isBeside(piece, place)) : undefined;
      const label = n > 0 || beside ? '' : annotation.alternativeText || annotation.fieldName || '';
      const shown = label ? `${label}: ${text}` : text;
      // On the line of what stands beside it, which the frame of the field seldom keeps to.
      const y = beside?.y ?? place.y;
      return { text: shown, x, y, width: Math.min(width, shown.length * size * 0.5), size, spaceBefore: true };
    });
  });
}

function valueOfField(annotation: Annotation): string {
  const { subtype, fieldType, fieldValue } = annotation;
  if (subtype === 'FreeText') return annotation.contentsObj?.str ?? '';
  if (subtype !== 'Widget') return '';
  if (fieldType === 'Btn') {
    if (!annotation.checkBox && !annotation.radioButton) return '';
    const own = annotation.radioButton ? annotation.buttonValue : annotation.exportValue;
    const isChosen = fieldValue !== null && fieldValue !== 'Off' && fieldValue === own;
    return isChosen ? '[x]' : '[ ]';
  }
  if (Array.isArray(fieldValue)) return fieldValue.join(', ');
  return typeof fieldValue === 'string' ? fieldValue : '';
}

/** The page itself says what the field is for. */
function isBeside(piece: Piece, field: { x: number; y: number; size: number; width: number }): boolean {
  const isSameLine = Math.abs(piece.y - field.y) < Math.max(piece.size, field.size);
  return (
    isSameLine && piece.x < field.x + field.width + 10 * field.size && piece.x + piece.width > field.x - 20 * field.size
  );
}
