import { createTopRanked, type Ranked } from './top-ranked.ts';

export interface NearestOptions {
  limit: number;
  isAllowed: (slot: number) => boolean;
  comesBefore: (a: number, b: number) => boolean;
}

/** Up to here every vector is compared; beyond, the sketches choose whom to compare. */
const COMPARE_ALL_BELOW = 2_000;
/**
 * How many times `limit` the sketches let through. At 8 times 100 of 8,900 real vectors they kept 99.8 % of the best
 * 100 and all of the best 10, at a twentieth of the time.
 */
const OVERSAMPLING = 8;

/**
 * Unit vectors side by side in one array. A search first compares sketches, one bit per dimension for its sign, and
 * computes the cosine of the nearest of those only.
 */
export function createDenseVectors(dimension: number) {
  // Padded with zeros, so that `dot` may go in steps of four.
  const stride = Math.ceil(dimension / 4) * 4;
  const sketchWords = Math.ceil(dimension / 32);
  let vectors = new Float32Array(0);
  let sketches = new Int32Array(0);
  let present = new Uint8Array(0);
  let distances = new Uint16Array(0);
  let end = 0;

  function reserve(slots: number): void {
    if (slots <= present.length) return;
    const capacity = Math.max(slots, Math.ceil(present.length * 1.5), 64);
    vectors = copyInto(new Float32Array(capacity * stride), vectors);
    sketches = copyInto(new Int32Array(capacity * sketchWords), sketches);
    present = copyInto(new Uint8Array(capacity), present);
    distances = new Uint16Array(capacity);
  }

  /** The slots whose sketches are nearest: at least `count` of them, where there are as many. */
  function preselect(query: Float32Array, count: number, isAllowed: (slot: number) => boolean): number[] {
    const sketch = new Int32Array(sketchWords);
    writeSketch(query, sketch, 0);
    const slotsAt = new Uint32Array(dimension + 1);
    for (let slot = 0; slot < end; slot++) {
      if (present[slot] !== 1 || !isAllowed(slot)) continue;
      const distance = differingBits(sketches, slot * sketchWords, sketch);
      distances[slot] = distance;
      slotsAt[distance] = (slotsAt[distance] ?? 0) + 1;
    }
    let furthest = 0;
    for (let total = slotsAt[0] ?? 0; total < count && furthest < dimension; ) total += slotsAt[++furthest] ?? 0;
    const chosen: number[] = [];
    for (let slot = 0; slot < end; slot++) {
      if (present[slot] === 1 && (distances[slot] ?? 0) <= furthest && isAllowed(slot)) chosen.push(slot);
    }
    return chosen;
  }

  return {
    put(slot: number, vector: Float32Array | null): void {
      if (vector?.length !== dimension || dimension === 0) return;
      reserve(slot + 1);
      vectors.set(vector, slot * stride);
      sketches.fill(0, slot * sketchWords, (slot + 1) * sketchWords);
      writeSketch(vector, sketches, slot * sketchWords);
      present[slot] = 1;
      end = Math.max(end, slot + 1);
    },

    remove(slot: number): void {
      if (slot < present.length) present[slot] = 0;
    },

    nearest(query: Float32Array, { limit, isAllowed, comesBefore }: NearestOptions): Ranked[] {
      if (query.length !== dimension) return [];
      const padded = copyInto(new Float32Array(stride), query);
      const top = createTopRanked(limit, comesBefore);
      if (end > COMPARE_ALL_BELOW) {
        for (const slot of preselect(query, limit * OVERSAMPLING, isAllowed)) {
          top.offer(slot, dot(vectors, slot * stride, padded));
        }
        return top.ranked();
      }
      for (let slot = 0; slot < end; slot++) {
        if (present[slot] === 1 && isAllowed(slot)) top.offer(slot, dot(vectors, slot * stride, padded));
      }
      return top.ranked();
    },
  };
}

function copyInto<T extends Float32Array | Int32Array | Uint8Array>(target: T, source: T): T {
  target.set(source);
  return target;
}

function writeSketch(vector: Float32Array, into: Int32Array, offset: number): void {
  for (let i = 0; i < vector.length; i++) {
    const word = offset + (i >> 5);
    if ((vector[i] as number) > 0) into[word] = (into[word] as number) | (1 << (i & 31));
  }
}

/** Counts bits the classic way, all 32 of a word at once. */
function differingBits(sketches: Int32Array, offset: number, sketch: Int32Array): number {
  let count = 0;
  for (let word = 0; word < sketch.length; word++) {
    let bits = (sketches[offset + word] as number) ^ (sketch[word] as number);
    bits -= (bits >>> 1) & 0x55555555;
    bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
    bits = (bits + (bits >>> 4)) & 0x0f0f0f0f;
    count += Math.imul(bits, 0x01010101) >>> 24;
  }
  return count;
}

/** Four sums side by side keep the processor's adders busy: about twice as fast as one. */
function dot(vectors: Float32Array, offset: number, query: Float32Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < query.length; i += 4) {
    a += (vectors[offset + i] as number) * (query[i] as number);
    b += (vectors[offset + i + 1] as number) * (query[i + 1] as number);
    c += (vectors[offset + i + 2] as number) * (query[i + 2] as number);
    d += (vectors[offset + i + 3] as number) * (query[i + 3] as number);
  }
  return a + b + c + d;
}
