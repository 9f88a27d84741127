interface StreamDeadlineOptions {
  /** Aborted by whoever no longer wants the answer. */
  signal: AbortSignal;
  idleTimeoutMs: number;
  totalTimeoutMs: number;
}

export type StreamDeadline = ReturnType<typeof createStreamDeadline>;

/**
 * Ends a call that has been silent, or has run, for too long. One timer serves both limits and is set again only when
 * it fires: `touch` is called for every delta and must cost nothing.
 */
export function createStreamDeadline({ signal, idleTimeoutMs, totalTimeoutMs }: StreamDeadlineOptions) {
  const startedAt = performance.now();
  const timeout = new AbortController();
  let idleMs = idleTimeoutMs;
  let touchedAt = startedAt;
  let timer = setTimeout(look, Math.min(idleMs, totalTimeoutMs));

  function look(): void {
    const now = performance.now();
    const leftMs = Math.min(touchedAt + idleMs, startedAt + totalTimeoutMs) - now;
    if (leftMs <= 0) timeout.abort();
    else timer = setTimeout(look, leftMs);
  }

  return {
    signal: AbortSignal.any([signal, timeout.signal]),
    get timedOut(): boolean {
      return timeout.signal.aborted;
    },
    /** Something came, or will be expected only in so many milliseconds. */
    touch(aheadMs = 0): void {
      touchedAt = performance.now() + aheadMs;
    },
    /** All that matters has come: the rest is waited for no longer than this. */
    shorten(ms: number): void {
      idleMs = Math.min(idleMs, ms);
      clearTimeout(timer);
      look();
    },
    clear(): void {
      clearTimeout(timer);
    },
  };
}
