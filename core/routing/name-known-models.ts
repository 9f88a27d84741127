import { AppError } from '../errors.ts';
import type { CatalogueModel } from '../ports/catalogue-model.ts';
import type { ChatModel } from '../ports/chat-model.ts';

/** A model by a name that is in no table; should its server not know it either, the error names those that are. */
export function nameKnownOnes(
  model: ChatModel,
  { wanted, known }: { wanted: string; known: readonly CatalogueModel[] },
): ChatModel {
  return {
    ...model,
    async *stream(request, options) {
      try {
        yield* model.stream(request, options);
      } catch (cause) {
        if (!(cause instanceof AppError) || cause.code !== 'model_not_found' || known.length === 0) throw cause;
        const names = ['auto', ...known.map(({ id }) => id)].join(', ');
        throw new AppError('model_not_found', `There is no model ${wanted}. Choose one of these: ${names}.`, { cause });
      }
    },
  };
}
