import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { describe, expect, it } from 'vitest';
import { createPastOutcomes, toAdjustment } from '../../../core/routing/past-outcomes.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createTestClock } from '../../support/test-clock.ts';
import { createTestTurns } from '../../support/test-turns.ts';

const qualityOf = (model: string) => ({ weak: 50, strong: 90 })[model] ?? null;
const nothing = { kind: 'code', need: 52, model: 'weak', liked: 0, disliked: 0, stopped: 0 };
const asked = { kind: 'code', need: 55 };

describe('what is learned from answers to similar questions', () => {
  it.each([
    ['nothing where nothing was said', [], 0],
    ['little from a few dislikes', [{ ...nothing, disliked: 2 }], 3],
    ['much from many', [{ ...nothing, disliked: 100 }], 13.9],
    ['half as much from answers that were stopped', [{ ...nothing, stopped: 4 }], 3],
    ['that both opinions are equal', [{ ...nothing, disliked: 9, liked: 9 }], 0],
    ['that less would do, but not by much', [{ ...nothing, liked: 500 }], -5],
    ['nothing from praise for a model far better than needed', [{ ...nothing, model: 'strong', liked: 500 }], 0],
    ['that even the best disappointed', [{ ...nothing, model: 'strong', disliked: 8 }], 7.5],
    ['nothing from praise for a model that is gone', [{ ...nothing, model: 'gone', liked: 500 }], 0],
    ['nothing from questions of another kind', [{ ...nothing, kind: 'fact', disliked: 100 }], 0],
    ['nothing from questions that needed much more', [{ ...nothing, need: 72, disliked: 100 }], 0],
  ])('is %s', (_what, outcomes, points) => {
    expect(toAdjustment(outcomes, asked, qualityOf)).toBeCloseTo(points, 1);
  });

  it('comes from the feedback that people gave, and from answers they stopped', async () => {
    await using t = await createTestTurns();
    const clock = createTestClock();
    const outcomes = createPastOutcomes({ db: t.db, clock, logger: createSilentLogger() });
    const adjustment = () => outcomes.adjustment({ kind: 'code', need: 55 }, qualityOf);
    for (let n = 0; n < 6; n += 1) await insertAnswer(t, { status: 'complete', ratings: ['down'] });
    await insertAnswer(t, { status: 'complete', ratings: ['up', 'down'] });
    await insertAnswer(t, { status: 'interrupted', ratings: [] });
    await insertAnswer(t, { status: 'interrupted', ratings: [], errorCode: 'model_interrupted' });
    await insertAnswer(t, { status: 'complete', ratings: [] });

    await outcomes.refresh();

    expect(adjustment()).toBeCloseTo((15 * (7 + 0.5 - 1)) / (7 + 0.5 + 1 + 8), 5);
  });

  it('is read in the background, again after some minutes', async () => {
    await using t = await createTestTurns();
    const clock = createTestClock();
    const outcomes = createPastOutcomes({ db: t.db, clock, logger: createSilentLogger() });
    const adjustment = () => outcomes.adjustment({ kind: 'code', need: 55 }, qualityOf);
    await insertAnswer(t, { status: 'complete', ratings: ['down', 'down'] });

    expect(adjustment()).toBe(0);
    await expect.poll(adjustment).toBeCloseTo(3, 5);

    await insertAnswer(t, { status: 'complete', ratings: ['down', 'down'] });
    expect(adjustment()).toBeCloseTo(3, 5);
    clock.advance(10 * 60_000);
    await expect.poll(adjustment).toBeCloseTo(5, 5);
  });

  it('is what it was when it cannot be read', async () => {
    const t = await createTestTurns();
    const logger = createSilentLogger();
    const outcomes = createPastOutcomes({ db: t.db, clock: createTestClock(), logger });
    await t[Symbol.asyncDispose]();

    expect(outcomes.adjustment({ kind: 'code', need: 55 }, qualityOf)).toBe(0);
    await expect.poll(() => logger.lines).toMatchObject([{ level: 'warn' }]);
  });
});

interface Answer {
  status: 'complete' | 'interrupted';
  ratings: ('up' | 'down')[];
  errorCode?: string;
}

/** An answer that was routed to the weak model, with opinions of as many people. */
async function insertAnswer(
  t: { db: Knex; createSession(): Promise<{ userId: string; sessionId: string }> },
  { status, ratings, errorCode }: Answer,
): Promise<void> {
  const { userId, sessionId } = await t.createSession();
  const turn = { id: randomUUID(), session_id: sessionId, user_id: userId, platform: 'web', state: status, place: {} };
  await t.db('turns').insert({ ...turn, error_code: errorCode ?? null });
  const id = randomUUID();
  await t.db('messages').insert({
    id,
    session_id: sessionId,
    turn_id: turn.id,
    position: 1,
    role: 'assistant',
    content: 'It is.',
    status,
    model: 'weak',
    question_kind: 'code',
    question_need: 52,
  });
  for (const rating of ratings) {
    const rater = await t.createSession();
    await t.db('feedback').insert({ message_id: id, user_id: rater.userId, rating });
  }
}
