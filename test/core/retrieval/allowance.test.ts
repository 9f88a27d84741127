import { describe, expect, it } from 'vitest';
import { createAllowance } from '../../../core/retrieval/allowance.ts';

function createLab(perSecond: number) {
  const clock = { milliseconds: 0 };
  const take = createAllowance({ perSecond, now: () => clock.milliseconds });
  return { clock, takeMany: (count: number) => Array.from({ length: count }, take).filter(Boolean).length };
}

describe('createAllowance', () => {
  it('lets as many through at once as a second allows, then no more', () => {
    expect(createLab(5).takeMany(10)).toBe(5);
  });

  it('fills up with time, but never beyond one second', () => {
    const { clock, takeMany } = createLab(10);
    takeMany(10);

    clock.milliseconds += 300;
    expect(takeMany(10)).toBe(3);
    clock.milliseconds += 60_000;
    expect(takeMany(100)).toBe(10);
  });

  it('knows never and always', () => {
    expect(createLab(0).takeMany(3)).toBe(0);
    expect(createLab(Number.POSITIVE_INFINITY).takeMany(1000)).toBe(1000);
  });
});
