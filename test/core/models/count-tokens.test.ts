import { describe, expect, it } from 'vitest';
import { countTokens, mostTokens } from '../../../core/models/count-tokens.ts';
import { fc } from '../../support/fast-check.ts';
import { processorMs } from '../../support/processor-time.ts';

describe('counting tokens', () => {
  it('counts as the o200k_base vocabulary does', () => {
    expect(countTokens('')).toBe(0);
    expect(countTokens('antidisestablishmentarianism')).toBe(6);
    expect(countTokens('お誕生日おめでとう')).toBe(8);
  });

  it('counts control tokens that somebody typed as plain text', () => {
    expect(countTokens('<|endoftext|>')).toBeGreaterThan(1);
  });

  it('counts a long run without a space quickly', async () => {
    let tokens = 0;

    const ms = await processorMs(() => {
      tokens = countTokens('a'.repeat(100_000));
    });

    expect(tokens).toBeGreaterThan(10_000);
    expect(ms).toBeLessThan(1000);
  });

  it('is never above the cheap bound', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(countTokens(text)).toBeLessThanOrEqual(mostTokens(text));
      }),
    );
  });
});
