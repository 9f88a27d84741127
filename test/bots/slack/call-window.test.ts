import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createCallWindows } from '../../../bots/slack/call-window.ts';

const MINUTE_MS = 100;

/** Calls that arrive after having been on their way for so long, as a server sees them. */
function createServer() {
  const arrivedAt: number[] = [];
  const call = (wayMs: number) => async () => {
    await sleep(wayMs);
    arrivedAt.push(performance.now());
    await sleep(wayMs);
  };
  const mostInAMinute = () =>
    Math.max(...arrivedAt.map((end) => arrivedAt.filter((at) => at > end - MINUTE_MS && at <= end).length));
  return { arrivedAt, call, mostInAMinute };
}

it('lets no more calls arrive in any minute than are allowed, however unequal their ways', async () => {
  const windows = createCallWindows({ minuteMs: MINUTE_MS });
  const server = createServer();

  await Promise.all(Array.from({ length: 30 }, (_, n) => windows.run('T1 x', 10, server.call((n * 7) % 40))));

  expect(server.arrivedAt).toHaveLength(30);
  expect(server.mostInAMinute()).toBeLessThanOrEqual(10);
});

it('counts each key by itself, and gives what the call gives', async () => {
  const windows = createCallWindows({ minuteMs: 60_000 });

  await windows.run('T1 x', 1, async () => {});

  await expect(windows.run('T2 x', 1, async () => 'there')).resolves.toBe('there');
  await expect(windows.run('T3 x', 1, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
});
