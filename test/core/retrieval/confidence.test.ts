import { describe, expect, it } from 'vitest';
import { CONFIDENCE_THRESHOLD, toConfidence } from '../../../core/retrieval/confidence.ts';

const TWO_WORDS = { indices: [1, 2], values: [1, 1] };
const evidence = { query: TWO_WORDS, topLexicalScore: 0, topDenseScore: 0, chunkCount: 1000 };

describe('toConfidence', () => {
  it('is next to nothing when neither word nor meaning match', () => {
    expect(toConfidence(evidence)).toBeLessThan(0.01);
    expect(toConfidence({ ...evidence, query: { indices: [], values: [] } })).toBeLessThan(0.01);
  });

  it('grows with the score of the best passage', () => {
    const confidences = [2, 6, 10, 14, 18].map((topLexicalScore) => toConfidence({ ...evidence, topLexicalScore }));

    expect(confidences).toEqual(confidences.toSorted((a, b) => a - b));
    expect(confidences.at(-1)).toBeGreaterThan(0.9);
  });

  it('wants more of a longer question', () => {
    const long = { indices: [1, 2, 3, 4, 5, 6, 7, 8], values: Array(8).fill(1) };

    expect(toConfidence({ ...evidence, query: long, topLexicalScore: 12 })).toBeLessThan(
      toConfidence({ ...evidence, topLexicalScore: 12 }),
    );
  });

  it('wants less where there are few chunks, whose words are all frequent', () => {
    expect(toConfidence({ ...evidence, topLexicalScore: 4, chunkCount: 10 })).toBeGreaterThan(
      toConfidence({ ...evidence, topLexicalScore: 4 }),
    );
  });

  it('gives a close match in meaning a try, without words', () => {
    const confidence = toConfidence({ ...evidence, topDenseScore: 0.9 });

    expect(confidence).toBeGreaterThan(CONFIDENCE_THRESHOLD);
    expect(confidence).toBeLessThan(0.5);
  });

  it('stays a probability with odd numbers', () => {
    expect(toConfidence({ ...evidence, topLexicalScore: 1, chunkCount: 0 })).toBeLessThanOrEqual(1);
  });
});
