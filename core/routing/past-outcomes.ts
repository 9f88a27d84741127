import type { Knex } from 'knex';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { createPastOutcomesRepository, type PastOutcome } from './past-outcomes-repository.ts';
import type { QuestionKind } from './quality-need.ts';

/** How long what was learned is used before it is learned anew. */
const BELIEVED_MS = 10 * 60_000;
/** Needs within so many points of one another are similar. */
const BAND = 10;
/** A few opinions move little: as if so many more had been neither good nor bad. */
const NEUTRAL_OPINIONS = 8;
/** What unanimous opinions of many would add. */
const STRONGEST = 15;
/** To save money is no reason to become much worse; to have disappointed is one to become better. */
const MOST_TAKEN_AWAY = 5;
/** A stop may also mean that the answer was found. */
const STOPPED_WEIGHT = 0.5;

export type PastOutcomes = ReturnType<typeof createPastOutcomes>;

/**
 * What happened to similar questions: those of the same kind and about the same predicted need. Read in the background
 * from the latest answers with their feedback, so that nobody waits for it.
 */
export function createPastOutcomes({ db, clock, logger }: { db: Knex; clock: Clock; logger: Logger }) {
  const rows = createPastOutcomesRepository(db);
  let outcomes: PastOutcome[] = [];
  let readAt = Number.NEGATIVE_INFINITY;

  async function refresh(): Promise<void> {
    outcomes = await rows.summarise();
  }

  return {
    refresh,

    /**
     * Points to add to a predicted need.
     * @param qualityOf the catalogue's, of a model that gave answers then; null where it is in there no more
     */
    adjustment(question: { kind: QuestionKind; need: number }, qualityOf: (model: string) => number | null): number {
      const now = clock.now().getTime();
      if (now - readAt >= BELIEVED_MS) {
        readAt = now;
        refresh().catch((error) => logger.warn({ err: error }, 'what became of earlier answers could not be read'));
      }
      return toAdjustment(outcomes, question, qualityOf);
    },
  };
}

/**
 * Dislikes and stops count against whatever was chosen; likes count in favour only where the model was hardly better
 * than predicted: praise for the best model does not say that a cheaper one would do.
 */
export function toAdjustment(
  outcomes: readonly PastOutcome[],
  { kind, need }: { kind: string; need: number },
  qualityOf: (model: string) => number | null,
): number {
  let bad = 0;
  let good = 0;
  for (const outcome of outcomes) {
    if (outcome.kind !== kind || Math.floor(outcome.need / BAND) !== Math.floor(need / BAND)) continue;
    bad += outcome.disliked + outcome.stopped * STOPPED_WEIGHT;
    const quality = qualityOf(outcome.model);
    if (quality !== null && quality <= outcome.need + BAND) good += outcome.liked;
  }
  const points = (STRONGEST * (bad - good)) / (bad + good + NEUTRAL_OPINIONS);
  return Math.max(-MOST_TAKEN_AWAY, points);
}
