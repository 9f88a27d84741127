import { AppError } from '../errors.ts';
import type { ChatModel } from '../ports/chat-model.ts';
import type { ChooseTurnModel } from '../ports/turn-model.ts';

/**
 * For an operator who has no key for the configured server: where that server wants one, everybody needs their own,
 * and is told so.
 */
export function requireOwnKey(otherwise: ChooseTurnModel, { accountUrl }: { accountUrl: string }): ChooseTurnModel {
  return async (request) => {
    const chosen = await otherwise(request);
    return { ...chosen, model: askForKey(chosen.model, accountUrl) };
  };
}

function askForKey(model: ChatModel, accountUrl: string): ChatModel {
  return {
    ...model,
    async *stream(request, options) {
      try {
        yield* model.stream(request, options);
      } catch (cause) {
        if (!(cause instanceof AppError) || cause.code !== 'model_key_invalid') throw cause;
        throw new AppError(
          'provider_key_required',
          `To be answered here you need a model key of your own. Save one at ${accountUrl} and ask again.`,
          { cause },
        );
      }
    },
  };
}
