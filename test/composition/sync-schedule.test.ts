import { PgBoss } from 'pg-boss';
import { describe, expect, it } from 'vitest';
import { everyMinutes } from '../../composition/sync-schedule.ts';

const MINUTE_MS = 60_000;

describe('how often documents are looked at', () => {
  it.each([1, 7, 20, 45, 59, 60, 90, 120, 300, 1440, 2000, 10_080])(
    'is at least every %i minutes, in words the scheduler understands',
    (minutes) => {
      const scheduler = new PgBoss('postgres://nowhere');
      const times = scheduler.previewSchedule(everyMinutes(minutes), { count: 50 }).map((time) => time.getTime());
      const gaps = times.slice(1).map((time, n) => (time - (times[n] ?? 0)) / MINUTE_MS);

      expect(Math.max(...gaps)).toBeLessThanOrEqual(minutes);
      expect(Math.max(...gaps)).toBeGreaterThan(minutes / 2);
    },
  );
});
