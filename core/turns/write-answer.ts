import { AppError } from '../errors.ts';
import type { FinishReason, ModelRequest, TokenUsage } from '../ports/chat-model.ts';
import type { Clock } from '../ports/clock.ts';
import type { TurnModel } from '../ports/turn-model.ts';
import type { TurnObserver } from '../ports/turn-observer.ts';
import { createCitationFilter } from './citation-filter.ts';
import type { LiveTurn } from './live-turn.ts';
import type { Turn } from './turns-repository.ts';

export interface WriteRequest {
  turn: Turn;
  chosen: TurnModel;
  request: ModelRequest;
  /** How many sources are listed: numbers above that lead nowhere. */
  citable: number;
  live: LiveTurn;
  signal: AbortSignal;
}

/**
 * Lets the chosen model write: its text goes to `live` as it comes, with citations that lead nowhere taken out.
 * @throws AppError `model_*`; what was written until then is in `live`
 */
export type WriteAnswer = (request: WriteRequest) => Promise<{ usage: TokenUsage; finishReason: FinishReason }>;

export function createWriteAnswer({ observer, clock }: { observer: TurnObserver; clock: Clock }): WriteAnswer {
  return async ({ turn, chosen, request, citable, live, signal }) => {
    const citations = createCitationFilter(citable);
    const show = (text: string) => {
      if (text === '') return;
      if (live.text === '') observer.firstToken(clock.now().getTime() - turn.createdAt.getTime());
      live.append(text);
    };
    const startedAt = performance.now();
    let usage: TokenUsage | null = null;
    try {
      for await (const event of chosen.model.stream(request, { signal })) {
        if (event.type === 'finish') {
          show(citations.end());
          if (live.text.trim() === '') {
            throw new AppError('model_unavailable', 'The model gave an empty answer. Please try again.');
          }
          usage = event.usage;
          return { usage, finishReason: event.reason };
        }
        show(citations.push(event.text));
      }
    } finally {
      observer.modelFinished(performance.now() - startedAt, usage);
    }
    throw new AppError('model_interrupted', 'The answer broke off. Please try again.');
  };
}
