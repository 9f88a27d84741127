import type { ModelRequest } from '../ports/chat-model.ts';
import { countTokensRemembered, mostTokens } from './count-tokens.ts';
import { IMAGE_TOKENS } from './image-tokens.ts';

/** Around each message, for its role and separators. */
const MESSAGE_TOKENS = 4;
/** Other vocabularies than the one we count with need more tokens for the same text. */
const SAFETY_SHARE = 0.2;

/** Tokens of what is sent to the model, as its server would count them, give or take a little. */
export function countRequestTokens(request: ModelRequest): number {
  return count(request, countTokensRemembered);
}

/** Never less than any server counts, whatever its vocabulary; far more, and almost free. */
export function mostRequestTokens(request: ModelRequest): number {
  return count(request, mostTokens);
}

/** What a server counts at most, for those who cannot afford to take `mostRequestTokens` for it. */
export function carefulRequestTokens(request: ModelRequest): number {
  return Math.min(mostRequestTokens(request), Math.ceil(countRequestTokens(request) * (1 + SAFETY_SHARE)));
}

function count({ system, messages }: ModelRequest, countText: (text: string) => number): number {
  return messages.reduce(
    (sum, { content, imageUrls = [] }) => sum + countText(content) + MESSAGE_TOKENS + imageUrls.length * IMAGE_TOKENS,
    countText(system) + MESSAGE_TOKENS,
  );
}
