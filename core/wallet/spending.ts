import type { TokenUsage } from '../ports/chat-model.ts';
import type { Payer } from '../ports/turn-model.ts';

/** What a call did spend. */
export interface Spending {
  model: string;
  payer: Payer;
  usage: TokenUsage;
  /** Null where the price is not known. */
  costMicros: number | null;
  priceVersion: string | null;
}
