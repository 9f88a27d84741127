export interface RecurringWorkOptions {
  run(): Promise<void>;
  /** Between the end of one run and the start of the next. */
  everyMs: number;
  onError(error: unknown): void;
}

/** Does the same again and again, never twice at once, until it is stopped. */
export function createRecurringWork({ run, everyMs, onError }: RecurringWorkOptions) {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  function schedule(): void {
    timer = setTimeout(() => {
      running = run()
        .catch(onError)
        .finally(() => {
          if (!isStopped) schedule();
        });
    }, everyMs);
  }

  return {
    start: schedule,

    /** Resolves when what is being done has ended. */
    async stop(): Promise<void> {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
