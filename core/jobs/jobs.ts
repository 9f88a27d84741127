import { PgBoss } from 'pg-boss';
import type { Logger } from '../ports/logger.ts';

export interface Job {
  /** Also the name of its queue: lower case, digits and dashes. */
  name: string;
  /** Five-field cron expression, in UTC. */
  cron: string;
  run(signal: AbortSignal): Promise<void>;
}

export type Jobs = ReturnType<typeof createJobs>;

/**
 * Runs jobs by the clock: each at most once at a time, however many processes share the database. A run missed while
 * nothing was up is made up for by the next one.
 */
export function createJobs({ databaseUrl, logger, jobs }: { databaseUrl: string; logger: Logger; jobs: Job[] }) {
  const stopping = new AbortController();
  let boss: PgBoss | null = null;

  return {
    async start(): Promise<void> {
      boss = new PgBoss({ connectionString: databaseUrl, schema: 'jobs', max: 4, application_name: 'parley-jobs' });
      boss.on('error', (error) => logger.warn({ err: error }, 'the job queue has trouble'));
      await boss.start();
      for (const job of jobs) {
        // `exclusive`: a run that comes due while one is queued or active is dropped, not piled up.
        await boss.createQueue(job.name, { policy: 'exclusive' });
        await boss.work(job.name, { batchSize: 1 }, () => run(job));
        await boss.schedule(job.name, job.cron, null, { tz: 'UTC' });
      }
    },

    async stop(): Promise<void> {
      stopping.abort();
      await boss?.stop({ graceful: true, timeout: 5000 });
    },
  };

  async function run(job: Job): Promise<void> {
    const startedAt = performance.now();
    try {
      await job.run(stopping.signal);
      logger.info({ job: job.name, ms: Math.round(performance.now() - startedAt) }, 'job done');
    } catch (error) {
      if (!stopping.signal.aborted) logger.error({ job: job.name, err: error }, 'job failed');
    }
  }
}
