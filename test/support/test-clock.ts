import type { Clock } from '../../core/ports/clock.ts';

/** Stands still until it is moved. */
export function createTestClock(start = new Date('2026-01-05T12:00:00Z')): Clock & { advance(ms: number): void } {
  let now = start.getTime();
  return {
    now: () => new Date(now),
    advance(ms) {
      now += ms;
    },
  };
}
