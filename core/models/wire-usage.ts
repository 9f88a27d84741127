import type { TokenUsage } from '../ports/chat-model.ts';

/** The usage as servers with OpenAI's interface report it. */
export interface WireUsage {
  prompt_tokens?: number;
  completion_tokens?: number;
  prompt_tokens_details?: { cached_tokens?: number; cache_write_tokens?: number } | null;
}

/**
 * Parts of the input that cost another price are named only where there are any.
 * @returns null where the server sent the field without its figures
 */
export function toTokenUsage(reported: WireUsage): TokenUsage | null {
  if (!reported.prompt_tokens) return null;
  const cached = reported.prompt_tokens_details?.cached_tokens;
  const written = reported.prompt_tokens_details?.cache_write_tokens;
  return {
    inputTokens: reported.prompt_tokens,
    outputTokens: reported.completion_tokens ?? 0,
    ...(cached && { cachedInputTokens: cached }),
    ...(written && { cacheWriteTokens: written }),
  };
}
