import type { TokenUsage } from '../ports/chat-model.ts';

/** The usage as servers with OpenAI's interface report it, if they keep to it. */
export interface WireUsage {
  prompt_tokens?: unknown;
  completion_tokens?: unknown;
  total_tokens?: unknown;
  completion_tokens_details?: { reasoning_tokens?: unknown } | null;
  prompt_tokens_details?: { cached_tokens?: unknown; cache_write_tokens?: unknown } | null;
}

/** No call has more; what is above it is a mistake of the server. */
const MOST_TOKENS = 1_000_000_000;

/**
 * Parts of the input that cost another price are named only where there are any.
 * @returns null where the server sent the field without its figures, or with what are none: then they are counted here
 */
export function toTokenUsage(reported: WireUsage): TokenUsage | null {
  const { prompt_tokens: input, completion_tokens: output, prompt_tokens_details: details } = reported;
  if (!isCount(input) || !isCount(output)) return null;
  return {
    inputTokens: input,
    outputTokens: output + thoughtsBeside(reported, input + output),
    ...(isCount(details?.cached_tokens) && { cachedInputTokens: details.cached_tokens }),
    ...(isCount(details?.cache_write_tokens) && { cacheWriteTokens: details.cache_write_tokens }),
  };
}

/** Most servers count thoughts among what was written; where they stand beside it, the total tells. */
function thoughtsBeside({ total_tokens, completion_tokens_details }: WireUsage, sum: number): number {
  const thoughts = completion_tokens_details?.reasoning_tokens;
  return isCount(thoughts) && total_tokens === sum + thoughts ? thoughts : 0;
}

/** An answer takes some of both, so none is as good as not told. */
function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= MOST_TOKENS;
}
