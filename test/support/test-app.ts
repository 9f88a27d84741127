import type { Knex } from 'knex';
import { type App, type AppOptions, createApp } from '../../core/app.ts';
import type { ChatModel } from '../../core/ports/chat-model.ts';
import { unobserved } from '../../core/ports/turn-observer.ts';
import type { Retrieval } from '../../core/retrieval/retrieval.ts';
import { createTurnSignals } from '../../core/turns/turn-signals.ts';
import { createRecordingChunkIndex } from './recording-chunk-index.ts';
import { createScriptedModel } from './scripted-model.ts';
import { createSilentLogger } from './silent-logger.ts';
import { type TestBilling, toBilling } from './test-billing.ts';
import { createTestDatabase } from './test-database.ts';
import { createTestNotifications } from './test-notifications.ts';
import { systemClock } from './test-turns.ts';

export interface TestAppOptions<Model extends ChatModel> {
  /** Answers by hand unless given: see createScriptedModel. */
  model?: Model;
  /** Finds nothing unless given; see retrievalOf. */
  retrieval?: Retrieval;
  /** Of another test app, to stand for a second process or for the same one restarted. */
  database?: { db: Knex; url: string };
  /** Lets whoever asks pay, in an app of its own prices. */
  billing?: TestBilling;
  more?: Partial<AppOptions>;
}

/**
 * The real core on a real database. `start()` begins to look for unfinished turns: call it when what shows them has
 * been set up.
 */
export async function createTestApp<Model extends ChatModel = ReturnType<typeof createScriptedModel>>(
  options: TestAppOptions<Model> = {},
) {
  const own = options.database ? null : await createTestDatabase();
  const { db, url } = options.database ?? own!;
  const logger = createSilentLogger();
  const chunkIndex = createRecordingChunkIndex();
  const model = options.model ?? (createScriptedModel() as unknown as Model);
  const app: App = createApp({
    db,
    clock: systemClock,
    logger,
    observer: unobserved,
    signals: createTurnSignals({ db, notifications: createTestNotifications(url), logger }),
    model,
    retrieval: options.retrieval ?? nothingFound,
    chunkIndex,
    assistant: { name: 'Parley', instructions: '' },
    publicUrl: 'https://parley.example',
    leaseMs: 3000,
    limits: { perPerson: 10_000, perPlace: 10_000 },
    ...(options.billing && toBilling(db, options.billing)),
    ...options.more,
  });
  let isStopped = false;

  /** Ends this process; `drainMs: 0` leaves its unfinished turns to the next one, as a crash would. */
  async function stop({ drainMs = 0 } = {}): Promise<void> {
    if (!isStopped) await app.turns.stop({ drainMs });
    isStopped = true;
  }

  return {
    app,
    db,
    url,
    model,
    chunkIndex,
    logger,
    start: () => app.turns.start(),
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await own?.[Symbol.asyncDispose]();
    },
  };
}

const nothingFound: Retrieval = {
  retrieve: async () => ({ outcome: 'not_needed', passages: [], confidence: 0 }),
};

/** Finds these passages for every question. */
export function retrievalOf(passages: { title: string; url: string | null; text: string }[]): Retrieval {
  const numbered = passages.map((passage, index) => ({
    n: index + 1,
    chunkId: `chunk-${index + 1}`,
    headings: [],
    score: 1,
    ...passage,
  }));
  return { retrieve: async () => ({ outcome: 'found', passages: numbered, confidence: 1 }) };
}
