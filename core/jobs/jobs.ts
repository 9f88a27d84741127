import type { Knex } from 'knex';
import type { Job as ClaimedJob, PgBoss } from 'pg-boss';
import type { Logger } from '../ports/logger.ts';

export interface Job {
  /** Also the name of its queue: lower case, digits and dashes. */
  name: string;
  /** Five-field cron expression, in UTC. */
  cron: string;
  run(signal: AbortSignal): Promise<void>;
}

export interface JobObserver {
  finished(job: string, outcome: 'done' | 'failed', ms: number): void;
}

export type JobsState =
  | { state: 'starting' | 'running' | 'stopped' }
  /** With what stands in the way, in words for the operator. */
  | { state: 'failing'; words: string };

export interface JobsOptions {
  db: Knex;
  logger: Logger;
  jobs: Job[];
  observer: JobObserver;
  /** What an error of the database means, in words; null for any other. */
  explain(error: unknown): string | null;
  /** Between tries to start. */
  firstPauseMs?: number;
}

export type Jobs = ReturnType<typeof createJobs>;

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const TROUBLE_MS = 30_000;
const UNKNOWN = 'the log says why';

/**
 * Runs jobs by the clock: each at most once at a time, however many processes share the database. Runs missed while
 * nothing was up, or this machine slept, are made up for by one. A job whose process died is taken up by another within
 * half a minute.
 */
export function createJobs({ db, logger, jobs, observer, explain, firstPauseMs = FIRST_PAUSE_MS }: JobsOptions) {
  const stopping = new AbortController();
  let state: JobsState = { state: 'stopped' };
  let boss: PgBoss | null = null;
  let trouble: { words: string; until: number } | null = null;
  let starting: Promise<void> = Promise.resolve();

  /** Of jobs that run: a queue that cannot be looked at is tried again every few seconds, and has trouble each time. */
  function onTrouble(error: unknown): void {
    logger.warn({ err: error }, 'the job queue has trouble');
    trouble = { words: explain(error) ?? UNKNOWN, until: performance.now() + TROUBLE_MS };
  }

  async function startOnce(): Promise<void> {
    // The package takes a while to load, and answering needs no jobs.
    const { openJobQueue, QUEUE_OPTIONS } = await import('./job-queue.ts');
    const opened = await openJobQueue(db, { isWorking: true, onTrouble });
    boss = opened;
    for (const job of jobs) {
      // `exclusive`: a run that comes due while one is queued or active is dropped, not piled up.
      await opened.createQueue(job.name, { policy: 'exclusive', ...QUEUE_OPTIONS });
      await opened.updateQueue(job.name, QUEUE_OPTIONS);
      await opened.work(job.name, { batchSize: 1 }, ([claimed]) => run(job, claimed));
      await opened.schedule(job.name, job.cron, null, { tz: 'UTC', missed: 'once' });
    }
  }

  async function startUntilDone(): Promise<void> {
    for (let pauseMs = firstPauseMs; !stopping.signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        await startOnce();
        if (state.state === 'failing') logger.info({}, 'scheduled jobs run again');
        state = { state: 'running' };
        return;
      } catch (error) {
        await close();
        const words = explain(error) ?? UNKNOWN;
        state = { state: 'failing', words };
        logger.error({ err: error, reason: words, retryInMs: pauseMs }, 'scheduled jobs could not be started');
        await pause(pauseMs, stopping.signal);
      }
    }
  }

  async function run(job: Job, claimed: Pick<ClaimedJob, 'signal'> | undefined): Promise<void> {
    const startedAt = performance.now();
    const passed = () => Math.round(performance.now() - startedAt);
    const signals = claimed ? [stopping.signal, claimed.signal] : [stopping.signal];
    try {
      await job.run(AbortSignal.any(signals));
      observer.finished(job.name, 'done', passed());
      logger.info({ job: job.name, ms: passed() }, 'job done');
    } catch (error) {
      if (!stopping.signal.aborted) {
        observer.finished(job.name, 'failed', passed());
        logger.error({ job: job.name, err: error }, 'job failed; it is tried again');
      }
      throw error;
    }
  }

  async function close(): Promise<void> {
    const opened = boss;
    boss = null;
    await opened?.stop({ graceful: true, timeout: 5000 }).catch(() => {});
  }

  return {
    /** Returns at once: what stands in the way is logged, said by `state`, and tried again with growing pauses. */
    start(): void {
      state = { state: 'starting' };
      starting = startUntilDone();
    },

    state(): JobsState {
      const isTroubled = state.state === 'running' && trouble !== null && performance.now() < trouble.until;
      return isTroubled ? { state: 'failing', words: trouble?.words ?? UNKNOWN } : state;
    },

    async stop(): Promise<void> {
      stopping.abort();
      await starting;
      await close();
      state = { state: 'stopped' };
    },
  };
}

/** Ends early, without an error, when the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
