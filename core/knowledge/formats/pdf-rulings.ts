import { getResolvedPDFJS } from 'unpdf';
import { type Matrix, multiply, type PdfPage, toPlace } from './pdf-piece.ts';

/** A straight line: along x at one y, or along y at one x. */
export interface Ruling {
  at: number;
  from: number;
  to: number;
}

export interface Rulings {
  across: Ruling[];
  down: Ruling[];
}

export type Operators = Awaited<ReturnType<PdfPage['getOperatorList']>>;

/** A page with more is a drawing. */
const MOST_RULINGS = 5000;
/** How many numbers follow each step of a path: move, line, curve, curve of one handle, close. */
const STEP_NUMBERS = [2, 2, 6, 4, 0];
const MOVE = 0;
const LINE = 1;
const CLOSE = 4;

/** The straight lines that a page draws, edges of boxes included. */
export async function readRulings(operators: Operators, view: Matrix): Promise<Rulings> {
  const { OPS } = await getResolvedPDFJS();
  const rulings: Rulings = { across: [], down: [] };
  let current: Matrix = view;
  const saved: Matrix[] = [];
  for (const [n, operator] of operators.fnArray.entries()) {
    const input = operators.argsArray[n];
    if (operator === OPS.save || operator === OPS.paintFormXObjectBegin) saved.push(current);
    if (operator === OPS.restore || operator === OPS.paintFormXObjectEnd) current = saved.pop() ?? current;
    if (operator === OPS.transform) current = multiply(current, input);
    if (operator === OPS.paintFormXObjectBegin && input?.[0]) current = multiply(current, input[0]);
    // Paths that only limit what is drawn after them are not seen.
    if (operator !== OPS.constructPath || input[0] === OPS.endPath) continue;
    addLines(rulings, input[1]?.[0] ?? [], current);
    if (rulings.across.length + rulings.down.length > MOST_RULINGS) return { across: [], down: [] };
  }
  return { across: joinRulings(rulings.across), down: joinRulings(rulings.down) };
}

function addLines(rulings: Rulings, path: ArrayLike<number>, matrix: Matrix): void {
  let start = { x: 0, y: 0 };
  let from = start;
  for (let at = 0; at < path.length; ) {
    const step = path[at] ?? CLOSE;
    const numbers = STEP_NUMBERS[step] ?? 0;
    const to = step === CLOSE ? start : toPlace(matrix, path[at + numbers - 1] ?? 0, path[at + numbers] ?? 0);
    if (step === MOVE) start = to;
    if (step === LINE || step === CLOSE) addLine(rulings, from, to);
    from = to;
    at += numbers + 1;
  }
}

function addLine(rulings: Rulings, from: { x: number; y: number }, to: { x: number; y: number }): void {
  const [wide, tall] = [Math.abs(from.x - to.x), Math.abs(from.y - to.y)];
  if (wide > 3 && tall < 0.5) {
    rulings.across.push({ at: from.y, from: Math.min(from.x, to.x), to: Math.max(from.x, to.x) });
  } else if (tall > 3 && wide < 0.5) {
    rulings.down.push({ at: from.x, from: Math.min(from.y, to.y), to: Math.max(from.y, to.y) });
  }
}

/** Programs draw one line cell by cell, or as a narrow box. */
const TOUCHING = 2.5;

function joinRulings(rulings: Ruling[]): Ruling[] {
  const joined: Ruling[] = [];
  for (const ruling of [...rulings].sort((a, b) => a.at - b.at || a.from - b.from)) {
    const same = joined.findLast(
      ({ at, from, to }) => ruling.at - at < TOUCHING && ruling.from <= to + TOUCHING && ruling.to >= from - TOUCHING,
    );
    if (!same) joined.push({ ...ruling });
    else Object.assign(same, { from: Math.min(same.from, ruling.from), to: Math.max(same.to, ruling.to) });
  }
  return joined;
}
