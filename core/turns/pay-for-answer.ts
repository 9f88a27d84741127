import { carefulRequestTokens, countRequestTokens, mostRequestTokens } from '../models/count-request.ts';
import { countTokens } from '../models/count-tokens.ts';
import type { ModelRequest, TokenUsage } from '../ports/chat-model.ts';
import type { TurnModel } from '../ports/turn-model.ts';
import type { AnswerPayments, Payment } from '../wallet/answer-payments.ts';
import type { Spending } from '../wallet/spending.ts';
import type { Turn } from './turns-repository.ts';

export interface AnswerToPay {
  turn: Turn;
  chosen: TurnModel;
  request: ModelRequest;
  signal: AbortSignal;
}

export interface PaidRequest {
  /** As asked, with an answer no longer than there is money for. */
  request: ModelRequest;
  payment: Payment;
  /**
   * What the answer did cost.
   * @param usage as its server reported it; null where the stream was cut off before, and what came is counted here
   * @returns null when nothing was delivered: then nothing is charged either
   */
  toSpending(usage: TokenUsage | null, text: string): Spending | null;
}

/** @throws AppError `balance_too_low`, `model_price_unknown` */
export type PayForAnswer = (answer: AnswerToPay) => Promise<PaidRequest>;

export function createPayForAnswer({
  payments,
}: {
  payments: Pick<AnswerPayments, 'begin' | 'toSpending'>;
}): PayForAnswer {
  return async ({ turn, chosen, request, signal }) => {
    const modelId = chosen.served?.().modelId ?? chosen.upstreamModel ?? chosen.model.name;
    const payment = await payments.begin({
      userId: turn.userId,
      turnId: turn.id,
      isPrivate: turn.place.isPrivate,
      attempts: turn.attempts,
      payer: chosen.payer,
      modelId,
      prices: chosen.prices,
      apiKey: turn.place.apiKey,
      costsNothing: chosen.model.costsNothing === true,
      inputTokens: { most: mostRequestTokens(request), careful: () => carefulRequestTokens(request) },
      maxOutputTokens: request.maxOutputTokens,
      signal,
    });
    return {
      request: { ...request, maxOutputTokens: payment.maxOutputTokens },
      payment,
      toSpending(usage, text) {
        if (text.trim() === '') return null;
        const counted = () => ({ inputTokens: countRequestTokens(request), outputTokens: countTokens(text) });
        const spent = usage ?? (chosen.model.costsNothing ? { inputTokens: 0, outputTokens: 0 } : counted());
        return payments.toSpending(payment, spent, chosen.served?.() ?? { modelId, price: payment.price });
      },
    };
  };
}
