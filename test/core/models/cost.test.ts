import { describe, expect, it } from 'vitest';
import { costMicros, mostCostMicros } from '../../../core/models/cost.ts';
import type { ModelPrice } from '../../../core/ports/model-price.ts';
import { fc } from '../../support/fast-check.ts';

const luna: ModelPrice = {
  inputMicrosPerMillion: 100_000,
  cachedInputMicrosPerMillion: 10_000,
  cacheWriteMicrosPerMillion: 125_000,
  outputMicrosPerMillion: 500_000,
};

const tokens = fc.nat({ max: 2_000_000 });
const rate = fc.nat({ max: 1_000_000_000 });
const anyPrice = fc.record({
  inputMicrosPerMillion: rate,
  cachedInputMicrosPerMillion: rate,
  cacheWriteMicrosPerMillion: rate,
  outputMicrosPerMillion: rate,
});
const anyUsage = fc.record({
  inputTokens: tokens,
  outputTokens: tokens,
  cachedInputTokens: tokens,
  cacheWriteTokens: tokens,
});

describe('the cost of a call', () => {
  it('counts each kind of token at its own price', () => {
    const usage = {
      inputTokens: 1_000_000,
      cachedInputTokens: 300_000,
      cacheWriteTokens: 200_000,
      outputTokens: 40_000,
    };

    expect(costMicros({ usage, price: luna })).toBe(50_000 + 3_000 + 25_000 + 20_000);
  });

  it('rounds up each kind of token once', () => {
    expect(costMicros({ usage: { inputTokens: 1, outputTokens: 1 }, price: luna })).toBe(2);
    expect(costMicros({ usage: { inputTokens: 11, outputTokens: 3 }, price: luna })).toBe(2 + 2);
  });

  it('costs nothing where there was nothing', () => {
    expect(costMicros({ usage: { inputTokens: 0, outputTokens: 0 }, price: luna })).toBe(0);
  });

  it('takes no more of a part than there is of the whole', () => {
    const usage = { inputTokens: 10, cachedInputTokens: 50, cacheWriteTokens: 50, outputTokens: 0 };

    expect(costMicros({ usage, price: luna })).toBe(1);
  });

  it('is never negative, never a fraction, and never more than what is held for it', () => {
    fc.assert(
      fc.property(anyUsage, anyPrice, (usage, price) => {
        const micros = costMicros({ usage, price });

        expect(Number.isSafeInteger(micros)).toBe(true);
        expect(micros).toBeGreaterThanOrEqual(0);
        expect(micros).toBeLessThanOrEqual(
          mostCostMicros({ inputTokens: usage.inputTokens, maxOutputTokens: usage.outputTokens, price }),
        );
      }),
    );
  });

  it('grows with what was written and with what was new to the server', () => {
    fc.assert(
      fc.property(anyUsage, anyPrice, tokens, (usage, price, more) => {
        const longer = { ...usage, outputTokens: usage.outputTokens + more };
        const wider = { ...usage, cachedInputTokens: 0, cacheWriteTokens: 0 };

        expect(costMicros({ usage: longer, price })).toBeGreaterThanOrEqual(costMicros({ usage, price }));
        expect(
          costMicros({ usage: { ...wider, inputTokens: usage.inputTokens + more }, price }),
        ).toBeGreaterThanOrEqual(costMicros({ usage: wider, price }));
      }),
    );
  });

  it('is at most a rounding less for one call than for the same tokens in two', () => {
    fc.assert(
      fc.property(anyUsage, anyUsage, anyPrice, (one, other, price) => {
        const [a, b] = [one, other].map((usage) => ({ ...usage, cachedInputTokens: 0, cacheWriteTokens: 0 }));
        const both = { inputTokens: a!.inputTokens + b!.inputTokens, outputTokens: a!.outputTokens + b!.outputTokens };
        const apart = costMicros({ usage: a!, price }) + costMicros({ usage: b!, price });

        expect(apart - costMicros({ usage: both, price })).toBeGreaterThanOrEqual(0);
        expect(apart - costMicros({ usage: both, price })).toBeLessThanOrEqual(2);
      }),
    );
  });
});
