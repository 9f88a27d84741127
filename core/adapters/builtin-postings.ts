import type { SparseVector } from '../ports/vector-store.ts';

/** One term's points: slots and weights side by side, in no order. */
interface Posting {
  slots: Int32Array;
  weights: Float32Array;
  length: number;
}

/** An inverted index: for each term the points that have it. BM25 is a walk over the postings of the query's terms. */
export function createPostings() {
  const postings = new Map<number, Posting>();
  /** The terms of each slot, to find its postings again. */
  const termsOf: (Uint32Array | undefined)[] = [];
  let pointCount = 0;
  let scores = new Float32Array(1024);

  function addEntry(term: number, slot: number, weight: number): void {
    // Most terms are rare: start tiny, double when full.
    const posting = postings.get(term) ?? { slots: new Int32Array(2), weights: new Float32Array(2), length: 0 };
    if (posting.length === 0) postings.set(term, posting);
    if (posting.length === posting.slots.length) {
      posting.slots = grown(posting.slots, Int32Array);
      posting.weights = grown(posting.weights, Float32Array);
    }
    posting.slots[posting.length] = slot;
    posting.weights[posting.length] = weight;
    posting.length += 1;
  }

  function removeEntry(term: number, slot: number): void {
    const posting = postings.get(term);
    if (!posting) return;
    const at = posting.slots.subarray(0, posting.length).indexOf(slot);
    if (at === -1) return;
    posting.length -= 1;
    posting.slots[at] = posting.slots[posting.length] as number;
    posting.weights[at] = posting.weights[posting.length] as number;
    if (posting.length === 0) postings.delete(term);
  }

  return {
    put(slot: number, terms: Uint32Array, weights: Float32Array): void {
      termsOf[slot] = terms;
      if (terms.length > 0) pointCount += 1;
      for (let i = 0; i < terms.length; i++) addEntry(terms[i] as number, slot, weights[i] as number);
      if (slot >= scores.length) scores = new Float32Array(Math.max(slot + 1, scores.length * 2));
    },

    remove(slot: number): void {
      const terms = termsOf[slot];
      if (!terms) return;
      if (terms.length > 0) pointCount -= 1;
      for (const term of terms) removeEntry(term, slot);
      termsOf[slot] = undefined;
    },

    /** Calls `visit` once for every slot that shares a term with the query, with its BM25 score. */
    score(query: SparseVector, visit: (slot: number, score: number) => void): void {
      const touched: Posting[] = [];
      for (let i = 0; i < query.indices.length; i++) {
        const posting = postings.get(query.indices[i] as number);
        if (!posting) continue;
        const factor = (query.values[i] as number) * idf(pointCount, posting.length);
        const { slots, weights, length } = posting;
        for (let at = 0; at < length; at++) {
          const slot = slots[at] as number;
          scores[slot] = (scores[slot] as number) + factor * (weights[at] as number);
        }
        touched.push(posting);
      }
      for (const { slots, length } of touched) {
        for (let at = 0; at < length; at++) {
          const slot = slots[at] as number;
          const score = scores[slot] as number;
          if (score === 0) continue;
          visit(slot, score);
          scores[slot] = 0;
        }
      }
    },
  };
}

/** Qdrant's formula for `modifier: idf`, so that both stores rank alike. */
function idf(points: number, pointsWithTerm: number): number {
  return Math.log(1 + (points - pointsWithTerm + 0.5) / (pointsWithTerm + 0.5));
}

function grown<T extends Int32Array | Float32Array>(array: T, Type: new (length: number) => T): T {
  const larger = new Type(array.length * 2);
  larger.set(array);
  return larger;
}
