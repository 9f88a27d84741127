import { describe, expect, it } from 'vitest';
import { predictNeed } from '../../../core/routing/quality-need.ts';
import { type AskedQuestion, toFeatures } from '../../../core/routing/question-features.ts';
import { processorMs } from '../../support/processor-time.ts';

const predict = (question: string, more: Partial<AskedQuestion> = {}, adjustment = 0) =>
  predictNeed(
    toFeatures({ question, images: 0, outcome: 'not_in_documents', confidence: 0, historyTurns: 0, ...more }),
    adjustment,
  );
const needOf = (...asked: Parameters<typeof predict>) => predict(...asked).need;

describe('the quality that a question needs', () => {
  it.each([
    ['a greeting', 'hi there', { outcome: 'not_needed' as const }, [10, 45], 'small_talk'],
    ['a fact', 'What is the capital of Australia?', {}, [35, 55], 'fact'],
    ['code', 'Fix this:\n```js\nconst f = () => { value: 1 }\n```', {}, [60, 85], 'code'],
    ['a proof', 'Prove by induction that every tournament has a Hamiltonian path', {}, [70, 95], 'mathematics'],
    ['a text', 'Write a short welcome message for new members', {}, [50, 72], 'writing'],
    ['an image', 'What is this?', { images: 1 }, [60, 80], 'image'],
    ['judgement', 'Compare the trade-offs of both designs and discuss why one is better', {}, [70, 95], 'judgement'],
    ['steps for experts', 'What are the tax consequences if we end the contract early?', {}, [65, 95], 'judgement'],
  ])('is told for %s', (_what, question, more, [least, most], kind) => {
    const { need, kind: found } = predict(question, more);

    expect(need).toBeGreaterThanOrEqual(least!);
    expect(need).toBeLessThanOrEqual(most!);
    expect(found).toBe(kind);
  });

  it.each([
    ['what it is about is code', 'How do I sort it?', 'How do I sort it in SQL with a recursive query function?'],
    [
      'several things are asked',
      'How do I install it?',
      'How do I install it, then move my data, and how do I test each step?',
    ],
    ['it is in another language', 'How do I set up the sign-in?', 'Wie richte ich die Anmeldung auf dem Server ein?'],
    ['it is longer', 'My screen is dark.', `My screen is dark. ${'It was fine until Monday evening. '.repeat(20)}`],
  ])('grows when %s', (_what, plain, demanding) => {
    expect(needOf(demanding)).toBeGreaterThan(needOf(plain));
  });

  it('grows with an image, and falls when the documents have the answer or nothing is asked', () => {
    const question = 'how do I wire the dock';

    expect(needOf(question, { images: 1 })).toBeGreaterThan(needOf(question));
    expect(needOf(question, { outcome: 'found', confidence: 1 })).toBeLessThan(needOf(question));
    expect(needOf('thanks a lot', { outcome: 'not_needed' })).toBeLessThan(needOf('thanks a lot'));
  });

  it('is moved by what was said of answers to similar questions, and says so', () => {
    const question = 'What is the refund policy?';

    expect(needOf(question, {}, 10) - needOf(question)).toBe(10);
    expect(predict(question, {}, 10).because).toContain('what was said of answers to similar questions');
    expect(predict(question, {}, -3).because).not.toContain('what was said of answers to similar questions');
  });

  it('stays between the weakest and the best model, whatever is asked', () => {
    for (const question of [
      '',
      '🦜',
      'prove '.repeat(2000),
      '```\n'.repeat(500),
      '('.repeat(6000),
      'a'.repeat(100_000),
    ]) {
      const { need } = predict(question, { images: 1, historyTurns: 40 });

      expect(need).toBeGreaterThanOrEqual(10);
      expect(need).toBeLessThanOrEqual(95);
    }
  });

  it('is found in no time, however long the question is and whatever it is made of', async () => {
    const pieces = ['why compare `code` ', '- 1) ', '1 + 1 = ', 'x^2 ', 'and what ', '(((', '\n\t;', '比较'];

    const ms = await processorMs(() => pieces.map((piece) => predict(piece.repeat(2000))));

    expect(ms).toBeLessThan(1000);
  });
});
