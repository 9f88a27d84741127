import type { TokenUsage } from '../ports/chat-model.ts';
import type { ModelPrice } from '../ports/model-price.ts';

const MILLION = 1_000_000n;

/**
 * What a call cost, in millionths of a US dollar. Each kind of token is rounded up once, so that a call never costs
 * less than its tokens do.
 */
export function costMicros({ usage, price }: { usage: TokenUsage; price: ModelPrice }): number {
  // Servers have been seen to report more of a part than of the whole.
  const cached = Math.min(usage.cachedInputTokens ?? 0, usage.inputTokens);
  const written = Math.min(usage.cacheWriteTokens ?? 0, usage.inputTokens - cached);
  return Number(
    cost(usage.inputTokens - cached - written, price.inputMicrosPerMillion) +
      cost(cached, price.cachedInputMicrosPerMillion) +
      cost(written, price.cacheWriteMicrosPerMillion) +
      cost(usage.outputTokens, price.outputMicrosPerMillion),
  );
}

/** The most that a call can cost, whatever its server remembers: what is held before the call is made. */
export function mostCostMicros(call: { inputTokens: number; maxOutputTokens: number; price: ModelPrice }): number {
  const { price } = call;
  const dearestInput = Math.max(
    price.inputMicrosPerMillion,
    price.cachedInputMicrosPerMillion,
    price.cacheWriteMicrosPerMillion,
  );
  // Of four parts that are each rounded up, two more than here can be.
  const rounding = 2n;
  return Number(
    cost(call.inputTokens, dearestInput) + cost(call.maxOutputTokens, price.outputMicrosPerMillion) + rounding,
  );
}

function cost(tokens: number, microsPerMillion: number): bigint {
  return (BigInt(tokens) * BigInt(microsPerMillion) + MILLION - 1n) / MILLION;
}
