import { describe, expect, it } from 'vitest';
import { toQuestion } from '../../../core/retrieval/question.ts';

describe('toQuestion', () => {
  it('is the last user turn when it is the only one', () => {
    const alone = [{ text: 'a', weight: 1 }];

    expect(toQuestion([{ role: 'user', content: 'a' }])).toEqual({
      last: 'a',
      words: alone,
      subject: [],
      meaning: alone,
    });
  });

  it('adds question and answer before with less weight, and nothing older', () => {
    const question = toQuestion([
      { role: 'user', content: 'oldest' },
      { role: 'assistant', content: 'first answer' },
      { role: 'user', content: 'before' },
      { role: 'assistant', content: 'answer' },
      { role: 'user', content: 'last' },
    ]);

    expect(question?.words.map(({ text }) => text)).toEqual(['last', 'before', 'answer']);
    expect(question?.words.map(({ weight }) => weight)).toEqual(
      question?.words.map(({ weight }) => weight).toSorted((a, b) => b - a),
    );
    expect(question?.meaning.map(({ text }) => text)).toEqual(['last', 'before']);
  });

  it('is nothing when no user has spoken', () => {
    expect(toQuestion([{ role: 'assistant', content: 'hi' }])).toBeNull();
  });
});
