import { describe, expect, it } from 'vitest';
import { toTokenUsage } from '../../../core/models/wire-usage.ts';

const usage = { prompt_tokens: 12, completion_tokens: 30, total_tokens: 42 };

describe('the usage that a server reports', () => {
  it('is taken as it is, with the parts of the input that cost another price', () => {
    const prompt_tokens_details = { cached_tokens: 8, cache_write_tokens: 0, audio_tokens: 0 };

    expect(toTokenUsage(usage)).toEqual({ inputTokens: 12, outputTokens: 30 });
    expect(toTokenUsage({ ...usage, prompt_tokens_details })).toEqual({
      inputTokens: 12,
      outputTokens: 30,
      cachedInputTokens: 8,
    });
    expect(toTokenUsage({ ...usage, prompt_tokens_details: null })).toEqual({ inputTokens: 12, outputTokens: 30 });
  });

  it.each([
    ['among what was written', 42, 30],
    ['beside it', 62, 50],
    ['nowhere', undefined, 30],
  ])('counts thoughts once, where the server counts them %s', (_, total_tokens, outputTokens) => {
    const reported = { ...usage, total_tokens, completion_tokens_details: { reasoning_tokens: 20 } };

    expect(toTokenUsage(reported)?.outputTokens).toBe(outputTokens);
  });

  it.each([
    [{}],
    [{ prompt_tokens: 12 }],
    [{ prompt_tokens: 0, completion_tokens: 3 }],
    [{ prompt_tokens: '12', completion_tokens: 3 }],
    [{ prompt_tokens: 12, completion_tokens: 3.5 }],
    [{ prompt_tokens: 12, completion_tokens: -3 }],
    [{ prompt_tokens: 1e300, completion_tokens: 3 }],
  ])('is none where its figures are none: %j', (reported) => {
    expect(toTokenUsage(reported)).toBeNull();
  });
});
