import { AppError } from '../core/errors.ts';
import type { BotReport, BotState } from '../core/ports/bot-state.ts';
import type { Clock } from '../core/ports/clock.ts';

/** Without the database nothing can be answered; without one of the others answers are poorer, and say so, or old. */
const PARTS = ['database', 'vector_store', 'model', 'jobs'] as const;

type Part = (typeof PARTS)[number];

export interface PartState {
  state: 'ok' | 'failing';
  message: string;
}

export interface ReadinessReport {
  status: 'ready' | 'degraded' | 'unavailable';
  parts: Record<Part, PartState>;
  /** Those that are set up, by platform. */
  bots: Record<string, { state: BotState['state']; message: string }>;
}

export interface ReadinessOptions {
  /**
   * Each resolves when its part answers, with a sentence where more than that is to be said, and rejects otherwise, best
   * with an AppError in plain words.
   */
  checks: Record<Part, () => Promise<unknown>>;
  /** Whether something has happened since by which a part may not work any more: then it is looked at anew. */
  isInDoubt?: (part: Part) => boolean;
  /** None unless given. */
  bots?: () => BotReport[];
  clock: Clock;
  timeoutMs?: number;
}

/** How long a result is believed. A look at the model may be a paid call, and probes come every few seconds. */
const BELIEVED_MS: Record<Part, number> = { database: 0, vector_store: 5_000, model: 60_000, jobs: 0 };
const FAILURE_BELIEVED_MS = 5_000;
/** Bots connect in seconds, and again after each refresh of a platform: only one that takes long is in trouble. */
const CONNECTING_MS = 60_000;
const NAMES: Record<Part, string> = {
  database: 'The database',
  vector_store: 'The vector store',
  model: 'The language model',
  jobs: 'The scheduler of jobs',
};

export type Readiness = ReturnType<typeof createReadiness>;

/** Says of each part whether it works. Checks run side by side; one that hangs counts as failing. */
export function createReadiness(options: ReadinessOptions) {
  const { checks, isInDoubt = () => false, bots = () => [], clock, timeoutMs = 3_000 } = options;
  const connectingSince = new Map<string, number>();
  const known = new Map<Part, { until: number; result: Promise<PartState> }>();

  function look(part: Part): Promise<PartState> {
    const now = clock.now().getTime();
    const earlier = known.get(part);
    if (earlier && now < earlier.until && !isInDoubt(part)) return earlier.result;
    const entry = { until: now + BELIEVED_MS[part], result: check(part, checks[part], timeoutMs) };
    known.set(part, entry);
    void entry.result.then(({ state }) => {
      if (state === 'failing') entry.until = Math.min(entry.until, now + FAILURE_BELIEVED_MS);
    });
    return entry.result;
  }

  function isWell({ platform, state }: BotReport): boolean {
    if (state !== 'connecting') {
      connectingSince.delete(platform);
      return state === 'connected' || state === 'off';
    }
    const now = clock.now().getTime();
    const since = connectingSince.get(platform) ?? now;
    connectingSince.set(platform, since);
    return now - since < CONNECTING_MS;
  }

  return {
    async check(): Promise<ReadinessReport> {
      const [database, vector_store, model, jobs] = await Promise.all([
        look('database'),
        look('vector_store'),
        look('model'),
        look('jobs'),
      ]);
      const parts = { database, vector_store, model, jobs };
      const reports = bots();
      const areBotsWell = reports.map(isWell).every(Boolean);
      const told = Object.fromEntries(
        reports.map(({ platform, state, detail }) => [platform, { state, message: detail }]),
      );
      if (database.state === 'failing') return { status: 'unavailable', parts, bots: told };
      const isWhole = PARTS.every((part) => parts[part].state === 'ok') && areBotsWell;
      return { status: isWhole ? 'ready' : 'degraded', parts, bots: told };
    },
  };
}

async function check(part: Part, run: () => Promise<unknown>, timeoutMs: number): Promise<PartState> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    const error = new AppError('not_found', `${NAMES[part]} did not answer within ${timeoutMs / 1000} seconds.`);
    timer = setTimeout(() => reject(error), timeoutMs);
  });
  try {
    const told = await Promise.race([run(), timeout]);
    return { state: 'ok', message: typeof told === 'string' ? told : `${NAMES[part]} answers.` };
  } catch (error) {
    // Probes are open to everybody: only words that were written to be shown.
    return {
      state: 'failing',
      message: error instanceof AppError ? error.message : `${NAMES[part]} cannot be reached.`,
    };
  } finally {
    clearTimeout(timer);
  }
}
