import { AppError } from '../errors.ts';
import { rewordErrors } from '../models/reword-errors.ts';
import type { CatalogueModel } from '../ports/catalogue-model.ts';
import type { ChatModel } from '../ports/chat-model.ts';

/** A model by a name that is in no table; should its server not know it either, the error names those that are. */
export function nameKnownOnes(
  model: ChatModel,
  { wanted, known }: { wanted: string; known: readonly CatalogueModel[] },
): ChatModel {
  const names = ['auto', ...known.map(({ id }) => id)].join(', ');
  const message = `There is no model ${wanted}. Choose one of these: ${names}.`;
  return rewordErrors(model, (cause) =>
    cause.code === 'model_not_found' && known.length > 0 ? new AppError('model_not_found', message, { cause }) : null,
  );
}
