import { AppError } from '../errors.ts';
import type { ChatModel } from '../ports/chat-model.ts';

/** Longer than any token: a server that sends more has not kept to the limit it was given. */
const CHARACTERS_PER_TOKEN = 64;

/** A model at a server that nobody here vouches for: what it throws is put into other words, and it may not go on forever. */
export function createOwnKeyModel(model: ChatModel, toError: (error: AppError) => AppError): ChatModel {
  return {
    ...model,
    async *stream(request, options) {
      let left = request.maxOutputTokens * CHARACTERS_PER_TOKEN;
      try {
        for await (const event of model.stream(request, options)) {
          if (event.type === 'delta') left -= event.text.length;
          if (left < 0) throw new AppError('model_interrupted', 'The answer did not end. Please try again.');
          yield event;
        }
      } catch (error) {
        throw error instanceof AppError ? toError(error) : error;
      }
    },
  };
}
