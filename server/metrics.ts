import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { JobObserver } from '../core/jobs/jobs.ts';
import { BOT_STATES, type BotReport } from '../core/ports/bot-state.ts';
import type { TurnObserver } from '../core/ports/turn-observer.ts';

const WAITS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180];

export interface FinishedRequest {
  method: string;
  route: string;
  status: number;
  ms: number;
}

export interface MetricsOptions {
  countUnfinished: () => Promise<number>;
  /** None unless given. */
  bots?: () => BotReport[];
  areJobsRunning?: () => boolean;
  /** What the process runs on, and whether it has a known fault; none until that is known. */
  runtimes?: () => { runtime: string; version: string; isSafe: boolean }[];
}

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * What Prometheus may scrape at `/metrics`. `observer` goes to the core; `countUnfinished` is asked at each scrape
 * for how many turns wait or run, in all processes, and `bots` for how they are doing.
 */
export function createMetrics({
  countUnfinished,
  bots = () => [],
  areJobsRunning = () => true,
  runtimes = () => [],
}: MetricsOptions) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const seconds = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Histogram({ name, help, labelNames, buckets: WAITS, registers });

  const turns = new Counter({
    name: 'parley_turns_total',
    help: 'Turns that ended, by platform and outcome.',
    labelNames: ['platform', 'outcome'] as const,
    registers,
  });
  const turnSeconds = seconds(
    'parley_turn_duration_seconds',
    'From the arrival of a message to the end of its answer.',
    ['platform', 'outcome'],
  );
  const firstTokenSeconds = seconds(
    'parley_time_to_first_token_seconds',
    'From the arrival of a message to the first text of its answer.',
  );
  const retrievalSeconds = seconds('parley_retrieval_duration_seconds', 'Looking for passages, by outcome.', [
    'outcome',
  ]);
  const modelSeconds = seconds(
    'parley_model_duration_seconds',
    'One call of the model, first to last byte; outcome is complete or failed.',
    ['outcome'],
  );
  const tokens = new Counter({
    name: 'parley_tokens_total',
    help: 'Tokens spent, by direction (input, output).',
    labelNames: ['direction'] as const,
    registers,
  });
  const requestSeconds = seconds(
    'parley_http_request_duration_seconds',
    'HTTP requests by method, route and status, streamed answers to their end.',
    ['method', 'route', 'status'],
  );
  new Gauge({
    name: 'parley_queue_depth',
    help: 'Turns that wait or run, in all processes; absent while the database is away.',
    registers,
    async collect() {
      const depth = await countUnfinished().catch(() => null);
      if (depth === null) this.remove();
      else this.set(depth);
    },
  });
  new Gauge({
    name: 'parley_bot_state',
    help: `Of each bot that is set up, 1 for the state it is in (${BOT_STATES.join(', ')}), 0 for the others.`,
    labelNames: ['platform', 'state'] as const,
    registers,
    collect() {
      for (const { platform, state } of bots()) {
        for (const one of BOT_STATES) this.set({ platform, state: one }, one === state ? 1 : 0);
      }
    },
  });

  new Gauge({
    name: 'parley_jobs_running',
    help: '1 while scheduled jobs can run; 0 before their start, and while it fails.',
    registers,
    collect() {
      this.set(areJobsRunning() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'parley_runtime_safe',
    help: '1 when no fault is known of this version of Node.js or PostgreSQL; 0 when it should be updated.',
    labelNames: ['runtime', 'version'],
    registers,
    collect() {
      for (const { runtime, version, isSafe } of runtimes()) this.set({ runtime, version }, isSafe ? 1 : 0);
    },
  });
  const jobSeconds = seconds(
    'parley_job_duration_seconds',
    'Runs of scheduled jobs, by job and outcome (done, failed).',
    ['job', 'outcome'],
  );
  const jobs: JobObserver = {
    finished: (job, outcome, ms) => jobSeconds.observe({ job, outcome }, ms / 1000),
  };

  const observer: TurnObserver = {
    turnFinished({ platform, outcome, ms }) {
      turns.inc({ platform, outcome });
      turnSeconds.observe({ platform, outcome }, ms / 1000);
    },
    firstToken: (ms) => firstTokenSeconds.observe(ms / 1000),
    retrieved: (ms, outcome) => retrievalSeconds.observe({ outcome }, ms / 1000),
    modelFinished(ms, usage) {
      modelSeconds.observe({ outcome: usage ? 'complete' : 'failed' }, ms / 1000);
      if (!usage) return;
      tokens.inc({ direction: 'input' }, usage.inputTokens);
      tokens.inc({ direction: 'output' }, usage.outputTokens);
    },
  };

  return {
    observer,
    jobs,
    requestFinished: ({ method, route, status, ms }: FinishedRequest) =>
      requestSeconds.observe({ method, route, status }, ms / 1000),
    contentType: registry.contentType,
    render: () => registry.metrics(),
  };
}
