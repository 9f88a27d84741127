import { setTimeout as sleep } from 'node:timers/promises';

/** Longest wait for one that came before and gets no further, as when its sender vanishes in the middle of it. */
const PATIENCE_MS = 10_000;

export interface Arrival {
  /** Resolves when what came before has been let through, or has had its time. */
  waitForEarlier(): Promise<void>;
  /** Lets the next one through; again is nothing. */
  pass(): void;
}

export type ArrivalOrder = ReturnType<typeof createArrivalOrder>;

/**
 * Lets messages be taken on in the order in which they came: of two in a row, the second would often be done first with
 * all that is looked up before a turn begins. Each enters a line as it comes, before anything is awaited, waits where
 * the order begins to matter, and passes.
 */
export function createArrivalOrder({ patienceMs = PATIENCE_MS } = {}) {
  const ends = new Map<string, Promise<void>>();

  function enter(line: string): Arrival {
    const before = ends.get(line);
    const { promise: passed, resolve: pass } = Promise.withResolvers<void>();
    const end = Promise.all([before, passed]).then(() => {
      if (ends.get(line) === end) ends.delete(line);
    });
    ends.set(line, end);
    return {
      pass,
      async waitForEarlier() {
        if (!before) return;
        const patience = new AbortController();
        const timeout = sleep(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined);
        await Promise.race([before, timeout]);
        patience.abort();
      },
    };
  }

  return {
    enter,

    /** All of the work in its order; what takes long, such as showing an answer, does not belong into it. */
    async run<Result>(line: string, work: () => Promise<Result>): Promise<Result> {
      const { waitForEarlier, pass } = enter(line);
      try {
        await waitForEarlier();
        return await work();
      } finally {
        pass();
      }
    },
  };
}
