import { describe, expect, it } from 'vitest';
import { AppError } from '../../../core/errors.ts';
import { countTokens } from '../../../core/models/count-tokens.ts';
import type { ModelRequest, Passage } from '../../../core/ports/chat-model.ts';
import { type FitOptions, fitConversation } from '../../../core/turns/fit-history.ts';
import { fc } from '../../support/fast-check.ts';
import { createPassage } from '../../support/passages.ts';

const createSystem = (passages: Passage[]) => ['Be brief.', ...passages.map(({ text }) => text)].join('\n');

/** Words that are one token each. */
const words = (count: number) => ' word'.repeat(count);

function fitted(options: Partial<FitOptions> = {}): ModelRequest {
  return fitConversation({
    createSystem,
    history: [],
    question: { content: 'Why?' },
    passages: [],
    contextTokens: 128_000,
    maxOutputTokens: 4096,
    ...options,
  });
}

const pairs = (count: number, tokens: number) =>
  Array.from({ length: count }, (_, index) => ({
    question: `question ${index}`,
    answer: `answer ${index}${words(tokens)}`,
  }));

const tokensOf = (request: ModelRequest) =>
  countTokens(request.system) + request.messages.reduce((sum, { content }) => sum + countTokens(content), 0);

describe('fitting a conversation into the window', () => {
  it('sends all of a short conversation, oldest first, the question last', () => {
    const request = fitted({ history: pairs(2, 1), question: { content: 'And now?' } });

    expect(request.messages).toEqual([
      { role: 'user', content: 'question 0' },
      { role: 'assistant', content: 'answer 0 word' },
      { role: 'user', content: 'question 1' },
      { role: 'assistant', content: 'answer 1 word' },
      { role: 'user', content: 'And now?' },
    ]);
  });

  it('sends the image of the question', () => {
    const request = fitted({ question: { content: 'What is this?', imageUrls: ['https://example.com/a.png'] } });

    expect(request.messages).toEqual([
      { role: 'user', content: 'What is this?', imageUrls: ['https://example.com/a.png'] },
    ]);
  });

  it('drops the oldest pairs first and never splits one', () => {
    const request = fitted({ history: pairs(10, 400), contextTokens: 2048, maxOutputTokens: 512 });

    const contents = request.messages.map(({ content }) => content.slice(0, 10));
    expect(contents).toEqual([
      'question 7',
      'answer 7 w',
      'question 8',
      'answer 8 w',
      'question 9',
      'answer 9 w',
      'Why?',
    ]);
  });

  it('leaves no gap where one long pair does not fit but an older short one would', () => {
    const history = [...pairs(1, 1), ...pairs(1, 5000), ...pairs(1, 1)];

    expect(fitted({ history, contextTokens: 4096, maxOutputTokens: 512 }).messages).toHaveLength(3);
  });

  it('keeps long sessions cheap however large the window', () => {
    const request = fitted({ history: pairs(40, 1000), contextTokens: 1_000_000 });

    expect(request.messages).toHaveLength(2 * 15 + 1);
  });

  it('takes the counts of pairs whose tokens are known already', () => {
    const history = pairs(4, 1).map((pair) => ({ ...pair, tokens: 7000 }));

    expect(fitted({ history }).messages).toHaveLength(2 * 2 + 1);
  });

  it('drops the worst passages when the window is tiny', () => {
    const passages = [1, 2, 3, 4].map((n) => createPassage({ n, text: words(200) }));

    const request = fitted({ passages, contextTokens: 1024, maxOutputTokens: 512 });

    expect(request.passages.map(({ n }) => n)).toEqual([1, 2]);
    expect(request.system).toBe(createSystem(request.passages));
  });

  it('leaves the conversation some of a tiny window, whatever the passages', () => {
    const passages = [1, 2, 3, 4].map((n) => createPassage({ n, text: words(100) }));

    const request = fitted({ passages, history: pairs(1, 50), contextTokens: 1024, maxOutputTokens: 512 });

    expect(request.messages).toHaveLength(3);
    expect(request.passages.map(({ n }) => n)).toEqual([1, 2, 3]);
  });

  it('shortens the longest answer where it would leave no room for the question', () => {
    expect(fitted({ contextTokens: 4096, maxOutputTokens: 4096 }).maxOutputTokens).toBe(2048);
    expect(fitted().maxOutputTokens).toBe(4096);
  });

  it('says so when even the question alone does not fit', () => {
    const question = { content: words(3000) };

    expect(() => fitted({ question, contextTokens: 4096, maxOutputTokens: 2048 })).toThrow(
      expect.objectContaining({ code: 'model_context_overflow', message: expect.stringContaining('too long') }),
    );
  });

  it('never exceeds the window and always ends with the question', () => {
    const length = fc.nat({ max: 800 });
    const conversation = fc.record({
      history: fc.array(
        length.map((n) => ({ question: words(n >> 2), answer: words(n) })),
        { maxLength: 8 },
      ),
      passages: fc
        .array(length, { maxLength: 5 })
        .map((all) => all.map((n, index) => createPassage({ n: index + 1, text: words(n) }))),
      contextTokens: fc.integer({ min: 256, max: 6000 }),
      maxOutputTokens: fc.integer({ min: 16, max: 6000 }),
    });
    fc.assert(
      fc.property(conversation, (options) => {
        const request = fitted(options);

        expect(tokensOf(request) + request.maxOutputTokens).toBeLessThanOrEqual(options.contextTokens);
        expect(request.messages.at(-1)?.content).toBe('Why?');
        expect(request.messages.length % 2).toBe(1);
      }),
    );
  });

  it('throws nothing but AppErrors', () => {
    expect(() => fitted({ contextTokens: 0, maxOutputTokens: 0 })).toThrow(AppError);
  });
});
