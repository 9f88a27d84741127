import { AppError } from '../errors.ts';
import type { ChatModel } from '../ports/chat-model.ts';

/**
 * A model whose failures are told in other words where there are better ones.
 * @param reword gives the error to throw instead; null leaves the one there is
 */
export function rewordErrors(model: ChatModel, reword: (cause: AppError) => AppError | null): ChatModel {
  return {
    ...model,
    async *stream(request, options) {
      try {
        yield* model.stream(request, options);
      } catch (cause) {
        throw (cause instanceof AppError && reword(cause)) || cause;
      }
    },
  };
}
