import type { ChatModel } from '../ports/chat-model.ts';
import type { ChooseTurnModel } from '../ports/turn-model.ts';

/** Everybody is answered by the configured model, or by the one that the place's admins chose of the same server. */
export function createOperatorModelChoice({ model }: { model: ChatModel }): ChooseTurnModel {
  return async ({ turn }) => ({ model, upstreamModel: turn.place.model, payer: 'operator', reason: null });
}
