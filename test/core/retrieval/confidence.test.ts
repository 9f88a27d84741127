import { describe, expect, it } from 'vitest';
import { CONFIDENCE_THRESHOLD, toConfidence, withCoverage } from '../../../core/retrieval/confidence.ts';

const evidence = { queryLength: Math.SQRT2, topLexicalScore: 0, nearness: 0, chunkCount: 1000 };

describe('toConfidence', () => {
  it('is next to nothing when neither word nor meaning match', () => {
    expect(toConfidence(evidence)).toBeLessThan(0.01);
    expect(toConfidence({ ...evidence, queryLength: 0 })).toBeLessThan(0.01);
  });

  it('grows with the score of the best passage', () => {
    const confidences = [2, 6, 10, 14, 18].map((topLexicalScore) => toConfidence({ ...evidence, topLexicalScore }));

    expect(confidences).toEqual(confidences.toSorted((a, b) => a - b));
    expect(confidences.at(-1)).toBeGreaterThan(0.9);
  });

  it('wants more of a longer question', () => {
    expect(toConfidence({ ...evidence, queryLength: Math.sqrt(8), topLexicalScore: 12 })).toBeLessThan(
      toConfidence({ ...evidence, topLexicalScore: 12 }),
    );
  });

  it('wants less where there are few chunks, whose words are all frequent', () => {
    expect(toConfidence({ ...evidence, topLexicalScore: 4, chunkCount: 10 })).toBeGreaterThan(
      toConfidence({ ...evidence, topLexicalScore: 4 }),
    );
  });

  it('gives a close match in meaning a try, without words', () => {
    const confidence = toConfidence({ ...evidence, nearness: 0.8 });

    expect(confidence).toBeGreaterThan(CONFIDENCE_THRESHOLD);
    expect(confidence).toBeLessThan(0.5);
  });

  it('stays a probability with odd numbers', () => {
    expect(toConfidence({ ...evidence, topLexicalScore: 1, chunkCount: 0 })).toBeLessThanOrEqual(1);
  });
});

describe('withCoverage', () => {
  it('looks at the share of the words that were found where there are few chunks', () => {
    const few = { ...evidence, topLexicalScore: 1.5, chunkCount: 5 };

    expect(withCoverage(few, 1)).toBeGreaterThan(CONFIDENCE_THRESHOLD);
    expect(withCoverage(few, 0.25)).toBeLessThan(CONFIDENCE_THRESHOLD);
  });

  it('changes nothing where there are many', () => {
    const many = { ...evidence, topLexicalScore: 6, chunkCount: 20_000 };

    expect(withCoverage(many, 1)).toBeCloseTo(toConfidence(many), 3);
    expect(withCoverage(many, null)).toBe(toConfidence(many));
  });
});
