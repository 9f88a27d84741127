import type { QuestionFeatures } from '../core/routing/question-features.ts';
import type { LabelledQuestion } from './router-questions.ts';

export interface FittedNeed {
  base: number;
  points: Record<keyof QuestionFeatures, number>;
}

/** Keeps features that hardly occur from explaining the few questions they occur in. */
const RIDGE = 1;

/** Ridge regression of the needed quality on the features: the coefficients of core/routing/need-coefficients.ts. */
export function fitNeed(questions: LabelledQuestion[]): FittedNeed {
  const names = Object.keys(questions[0]?.features ?? {}) as (keyof QuestionFeatures)[];
  const rows = questions.map(({ features }) => [1, ...names.map((name) => features[name])]);
  const size = names.length + 1;
  const matrix = Array.from({ length: size }, (_, i) =>
    Array.from(
      { length: size },
      (_, j) => sum(rows.map((row) => at(row, i) * at(row, j))) + (i === j && i > 0 ? RIDGE : 0),
    ),
  );
  const target = Array.from({ length: size }, (_, i) =>
    sum(questions.map(({ needed }, n) => needed * at(rows[n] ?? [], i))),
  );
  const [base = 0, ...points] = solve(matrix, target);
  const rounded = names.map((name, n) => [name, Math.round(at(points, n) * 10) / 10]);
  return { base: Math.round(base * 10) / 10, points: Object.fromEntries(rounded) };
}

/** Gauss-Jordan elimination with the largest pivot. */
function solve(matrix: number[][], target: number[]): number[] {
  const rows = matrix.map((row, i) => [...row, at(target, i)]);
  for (let column = 0; column < rows.length; column += 1) {
    const pivot = rows.slice(column).toSorted((a, b) => Math.abs(at(b, column)) - Math.abs(at(a, column)))[0] ?? [];
    const others = rows.filter((row) => row !== pivot);
    const scaled = pivot.map((value) => value / at(pivot, column));
    rows.splice(
      0,
      rows.length,
      ...others.slice(0, column).map((row) => eliminate(row, scaled, column)),
      scaled,
      ...others.slice(column).map((row) => eliminate(row, scaled, column)),
    );
  }
  return rows.map((row) => at(row, row.length - 1));
}

function eliminate(row: number[], pivot: number[], column: number): number[] {
  const factor = at(row, column);
  return row.map((value, n) => value - factor * at(pivot, n));
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
