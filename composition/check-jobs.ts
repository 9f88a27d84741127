import type { CheckResult } from '../cli/command-line.ts';
import { AppError } from '../core/errors.ts';
import { openJobQueue } from '../core/jobs/job-queue.ts';
import type { Jobs } from '../core/jobs/jobs.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { Parts } from './open-parts.ts';

/** For `/readyz`, which is open to everybody: what the database said stays in the log. */
export function checkJobs(jobs: Jobs): void {
  if (jobs.state().state !== 'failing') return;
  throw new AppError(
    'database_unavailable',
    'Scheduled jobs do not run, and are tried again: meanwhile documents are not synced, and nothing expires.',
  );
}

/** For `parley doctor`: starts the queue as the server does, without working on anything, and looks at what was due. */
export async function inspectJobs({ db, database }: Parts, logger: Logger): Promise<CheckResult> {
  try {
    const queue = await openJobQueue(db, {
      isWorking: false,
      onTrouble: (error) => logger.warn({ err: error }, 'the job queue has trouble'),
    });
    try {
      const schedules = await queue.getSchedules();
      if (schedules.length === 0)
        return { state: 'ok', detail: 'They can start; no Parley has scheduled any here yet.' };
      return { state: 'ok', detail: `${schedules.length} are scheduled.` };
    } finally {
      await queue.stop({ graceful: false });
    }
  } catch (error) {
    return {
      state: 'failed',
      detail: `Scheduled jobs cannot start. ${database.explain(error) ?? (error instanceof Error ? error.message : error)}`,
      fix: 'Without them documents are not synced and what is held for answers never ends. The server tries again by itself.',
    };
  }
}
