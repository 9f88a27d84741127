import { describe, expect, it } from 'vitest';
import { createDenseVectors } from '../../../core/adapters/builtin-dense-vectors.ts';

const DIMENSION = 64;
const all = { isAllowed: () => true, comesBefore: (a: number, b: number) => a < b };

/** Vectors in loose groups, as those of real texts are. */
function makeVectors(count: number): Float32Array[] {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const centres = Array.from({ length: 40 }, () => Array.from({ length: DIMENSION }, random));
  return Array.from({ length: count }, (_, at) => {
    const values = centres[at % centres.length]!.map((value) => value + random());
    return Float32Array.from(values, (value) => value / Math.hypot(...values));
  });
}

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);

describe('createDenseVectors', () => {
  it('finds among thousands what comparing every vector finds', () => {
    const stored = makeVectors(5_000);
    const vectors = createDenseVectors(DIMENSION);
    for (const [slot, vector] of stored.entries()) vectors.put(slot, vector);
    let kept = 0;

    for (const query of stored.slice(0, 20)) {
      const exact = stored
        .map((vector, slot) => ({ slot, score: dot(vector, query) }))
        .sort((a, b) => b.score - a.score);
      const found = new Set(vectors.nearest(query, { ...all, limit: 50 }).map(({ slot }) => slot));
      expect(found.has(exact[0]!.slot)).toBe(true);
      kept += exact.slice(0, 50).filter(({ slot }) => found.has(slot)).length / 50;
    }

    expect(kept / 20).toBeGreaterThan(0.95);
  });

  it('looks as far as it must when few are allowed', () => {
    const stored = makeVectors(3_000);
    const vectors = createDenseVectors(DIMENSION);
    for (const [slot, vector] of stored.entries()) vectors.put(slot, vector);

    const found = vectors.nearest(stored[0]!, { ...all, isAllowed: (slot) => slot % 1000 === 999, limit: 10 });

    expect(found.map(({ slot }) => slot).sort((a, b) => a - b)).toEqual([999, 1999, 2999]);
  });

  it('forgets a removed vector, and takes the next one in its place', () => {
    const [old, fresh] = makeVectors(2);
    const vectors = createDenseVectors(DIMENSION);
    vectors.put(0, old!);
    vectors.remove(0);
    expect(vectors.nearest(old!, { ...all, limit: 1 })).toEqual([]);

    vectors.put(0, fresh!);

    expect(vectors.nearest(fresh!, { ...all, limit: 1 })[0]?.score).toBeCloseTo(1, 5);
  });

  it('works for a dimension that is no multiple of four or 32', () => {
    const vectors = createDenseVectors(5);
    vectors.put(0, Float32Array.of(0, 0, 0, 0, 1));

    expect(vectors.nearest(Float32Array.of(0, 0, 0, 0.6, 0.8), { ...all, limit: 1 })[0]?.score).toBeCloseTo(0.8, 5);
  });

  it('finds nothing for a vector of another dimension', () => {
    const vectors = createDenseVectors(4);
    vectors.put(0, Float32Array.of(1, 0, 0, 0));

    expect(vectors.nearest(Float32Array.of(1, 0), { ...all, limit: 1 })).toEqual([]);
  });
});
