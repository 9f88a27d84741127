import { mostCostMicros } from '../models/cost.ts';
import type { ModelPrice } from '../ports/model-price.ts';

export interface BudgetedCall {
  /** Of those who may write: whoever it will be has to be affordable. */
  prices: readonly ModelPrice[];
  /** Never less than what will be charged for. */
  inputTokens: number;
  maxOutputTokens: number;
}

export interface AffordableCall {
  maxOutputTokens: number;
  /** The most that this call can cost. */
  holdMicros: number;
}

/** An answer that may not be longer than this would break off in its first paragraph, and still have to be paid. */
const SHORTEST_ANSWER_TOKENS = 256;

/** The longest answer that so much affords; null where it would be too short to be one. */
export function fitToBudget(call: BudgetedCall, availableMicros: number): AffordableCall | null {
  const most = mostOf(call, call.maxOutputTokens);
  if (most <= availableMicros) return { maxOutputTokens: call.maxOutputTokens, holdMicros: most };

  let affordable = Math.min(SHORTEST_ANSWER_TOKENS, call.maxOutputTokens);
  if (mostOf(call, affordable) > availableMicros) return null;
  let tooLong = call.maxOutputTokens;
  while (tooLong - affordable > 1) {
    const middle = Math.floor((affordable + tooLong) / 2);
    if (mostOf(call, middle) <= availableMicros) affordable = middle;
    else tooLong = middle;
  }
  return { maxOutputTokens: affordable, holdMicros: mostOf(call, affordable) };
}

/** What the shortest answer can cost: with less than that there is none. */
export function leastHoldMicros(call: BudgetedCall): number {
  return mostOf(call, Math.min(SHORTEST_ANSWER_TOKENS, call.maxOutputTokens));
}

function mostOf({ prices, inputTokens }: BudgetedCall, maxOutputTokens: number): number {
  return Math.max(...prices.map((price) => mostCostMicros({ inputTokens, maxOutputTokens, price })));
}
