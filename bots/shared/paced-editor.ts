import { setTimeout as sleepFor } from 'node:timers/promises';
import type { Clock } from '../../core/ports/clock.ts';

/** What else came of an edit than that it was shown. */
export type EditOutcome =
  /** It was refused for now: the newest text is edited in after so long. */
  | { retryAfterMs: number }
  /** It was shown, and the next one is to wait longer than usual. */
  | { pauseMs: number };

export interface PacedEditorOptions<Shown> {
  minIntervalMs: number;
  /** Shows the newest state. Never called again before it has settled. */
  edit(shown: Shown, options: { isLast: boolean }): Promise<EditOutcome | undefined>;
  /** Told of an edit on the way that failed; the next one comes as if it had not. */
  onError?(error: unknown): void;
  clock?: Clock;
  sleep?(ms: number): Promise<unknown>;
}

export interface PacedEditor<Shown> {
  /** Shows this as soon as it may; what was to be shown before and is not yet is skipped. Returns at once. */
  show(shown: Shown): void;
  /** Shows the last state, whatever was shown before; resolves once it is. Rejects when that edit fails. */
  finish(shown: Shown): Promise<void>;
}

/** More refusals in a row than any limit explains. */
const MOST_REFUSALS = 20;

/** Folds the many deltas of an answer into edits that a platform allows: never two at a time, nor too soon. */
export function createPacedEditor<Shown>(options: PacedEditorOptions<Shown>): PacedEditor<Shown> {
  const { minIntervalMs, edit, onError, clock = { now: () => new Date() }, sleep = sleepFor } = options;
  let next: { shown: Shown; isLast: boolean } | null = null;
  let nextAt = 0;
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    let refusals = 0;
    while (next) {
      const waitMs = nextAt - clock.now().getTime();
      if (waitMs > 0) {
        await sleep(waitMs);
        continue;
      }
      const current = next;
      next = null;
      const outcome = await tryEdit(current);
      nextAt = clock.now().getTime() + minIntervalMs;
      if (outcome && 'pauseMs' in outcome) nextAt = Math.max(nextAt, clock.now().getTime() + outcome.pauseMs);
      if (!outcome || !('retryAfterMs' in outcome)) {
        refusals = 0;
        continue;
      }
      nextAt = Math.max(nextAt, clock.now().getTime() + outcome.retryAfterMs);
      refusals += 1;
      if (refusals > MOST_REFUSALS) throw new Error('The platform refused every edit of an answer.');
      next ??= current;
    }
    // At once: what is to be shown a moment later starts a run of its own.
    running = null;
  }

  async function tryEdit({ shown, isLast }: { shown: Shown; isLast: boolean }): Promise<EditOutcome | undefined> {
    try {
      return await edit(shown, { isLast });
    } catch (error) {
      if (isLast) throw error;
      onError?.(error);
    }
  }

  function start(): Promise<void> {
    running ??= run().catch((error) => {
      running = null;
      throw error;
    });
    return running;
  }

  return {
    show(shown) {
      next = { shown, isLast: false };
      start().catch((error) => onError?.(error));
    },
    async finish(shown) {
      next = { shown, isLast: true };
      // A run that gave up before it saw the last state does not count.
      await start().catch((error) => {
        if (next === null) throw error;
      });
      if (next !== null) await start();
    },
  };
}
