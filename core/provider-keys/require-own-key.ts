import { AppError } from '../errors.ts';
import { rewordErrors } from '../models/reword-errors.ts';
import type { ChooseTurnModel } from '../ports/turn-model.ts';

/**
 * For an operator who has no key for the configured server: where that server wants one, everybody needs their own,
 * and is told so.
 */
export function requireOwnKey(otherwise: ChooseTurnModel, { accountUrl }: { accountUrl: string }): ChooseTurnModel {
  const message = `To be answered here you need a model key of your own. Save one at ${accountUrl} and ask again.`;
  const askForKey = (cause: AppError) =>
    cause.code === 'model_key_invalid' ? new AppError('provider_key_required', message, { cause }) : null;
  return async (request) => {
    const chosen = await otherwise(request);
    return { ...chosen, model: rewordErrors(chosen.model, askForKey) };
  };
}
