import { describe, expect, it } from 'vitest';
import { fitNeed } from '../../../bench/fit-need.ts';
import { readLabelledQuestions } from '../../../bench/router-questions.ts';
import { BASE_NEED, NEED_OF } from '../../../core/routing/need-coefficients.ts';
import { predictNeed } from '../../../core/routing/quality-need.ts';

describe('the coefficients of the predicted need', () => {
  it('are those that the labelled questions give', async () => {
    const questions = await readLabelledQuestions();

    expect(fitNeed(questions.filter(({ split }) => split === 'fit'))).toEqual({ base: BASE_NEED, points: NEED_OF });
  });

  it('are high enough for four of five questions that had no part in them, and not by far too high', async () => {
    const heldOut = (await readLabelledQuestions()).filter(({ split }) => split === 'held_out');

    const errors = heldOut.map(({ features, needed }) => predictNeed(features).need - needed);

    expect(heldOut.length).toBeGreaterThan(70);
    expect(errors.filter((error) => error >= 0).length / errors.length).toBeGreaterThan(0.8);
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(10);
  });
});
