import { setTimeout as sleep } from 'node:timers/promises';

interface Window {
  onTheWay: Set<Promise<unknown>>;
  /** When those of the last minute were answered, oldest first. */
  answeredAt: number[];
  line: Promise<void>;
}

const MOST_WINDOWS = 1000;

/**
 * Counts what this process really sends. Calls are spread by reserving their moments, but a process that was held up
 * sends several moments' calls at once: here, they wait until the last minute has room for them. A call counts from
 * when it leaves until a minute after its answer, so that in no minute more than that arrive, however long the way.
 */
export function createCallWindows({ minuteMs }: { minuteMs: number }) {
  const windows = new Map<string, Window>();

  function findWindow(key: string): Window {
    if (windows.size >= MOST_WINDOWS) forgetIdle();
    const window = windows.get(key) ?? { onTheWay: new Set(), answeredAt: [], line: Promise.resolve() };
    windows.set(key, window);
    return window;
  }

  function forgetIdle(): void {
    const since = performance.now() - minuteMs;
    for (const [key, { onTheWay, answeredAt }] of windows) {
      if (onTheWay.size === 0 && (answeredAt.at(-1) ?? 0) <= since) windows.delete(key);
    }
  }

  async function untilThereIsRoom({ onTheWay, answeredAt }: Window, most: number): Promise<void> {
    for (;;) {
      const since = performance.now() - minuteMs;
      while ((answeredAt[0] ?? Number.POSITIVE_INFINITY) <= since) answeredAt.shift();
      if (onTheWay.size + answeredAt.length < most) return;
      const [oldest] = answeredAt;
      if (oldest === undefined) await Promise.race(onTheWay);
      else await sleep(Math.ceil(oldest - since));
    }
  }

  return {
    /** Makes the call as soon as fewer than `most` with this key count; in the order in which they are asked for. */
    async run<Result>(key: string, most: number, call: () => Promise<Result>): Promise<Result> {
      const window = findWindow(key);
      const { onTheWay, answeredAt } = window;
      const sent = window.line
        .then(() => untilThereIsRoom(window, most))
        .then(() => {
          const answered = call();
          const counted = answered
            .catch(() => {})
            .then(() => {
              onTheWay.delete(counted);
              answeredAt.push(performance.now());
            });
          onTheWay.add(counted);
          // In an object: the next in line does not wait for the answer.
          return { answered };
        });
      window.line = sent.then(() => {});
      return (await sent).answered;
    },
  };
}
