interface StreamDeadlineOptions {
  /** Aborted by whoever no longer wants the answer. */
  signal: AbortSignal;
  idleTimeoutMs: number;
  totalTimeoutMs: number;
}

/**
 * Ends a call that has been silent, or has run, for too long. One timer serves both limits and is set again only when
 * it fires: `touch` is called for every delta and must cost nothing.
 */
export function createStreamDeadline({ signal, idleTimeoutMs, totalTimeoutMs }: StreamDeadlineOptions) {
  const startedAt = performance.now();
  const timeout = new AbortController();
  let touchedAt = startedAt;
  let timer = setTimeout(look, Math.min(idleTimeoutMs, totalTimeoutMs));

  function look(): void {
    const now = performance.now();
    const leftMs = Math.min(touchedAt + idleTimeoutMs, startedAt + totalTimeoutMs) - now;
    if (leftMs <= 0) timeout.abort();
    else timer = setTimeout(look, leftMs);
  }

  return {
    signal: AbortSignal.any([signal, timeout.signal]),
    get timedOut(): boolean {
      return timeout.signal.aborted;
    },
    touch(): void {
      touchedAt = performance.now();
    },
    clear(): void {
      clearTimeout(timer);
    },
  };
}
