import { createOpenAiModel, type OpenAiModelOptions } from '../../core/adapters/openai-model.ts';
import type { ChatModel, ModelRequest } from '../../core/ports/chat-model.ts';
import { modelLimits } from './model-limits.ts';
import { createSilentLogger } from './silent-logger.ts';
import { never } from './test-turns.ts';

/** A question to any model. */
export const request: ModelRequest = {
  system: 'Be brief.',
  messages: [{ role: 'user', content: 'How are you?' }],
  passages: [],
  maxOutputTokens: 50,
};

/** A client of a stand-in. */
export function createModel(baseUrl: string, more: Partial<OpenAiModelOptions> = {}): ChatModel {
  return createOpenAiModel({
    ...modelLimits,
    baseUrl,
    apiKey: 'sk-test',
    model: 'fake',
    maxOutputTokens: 500,
    random: () => 0,
    logger: createSilentLogger(),
    ...more,
  });
}

/** The whole text, or what came before the failure, with the failure. */
export async function read(model: ChatModel, options: { request?: ModelRequest; signal?: AbortSignal } = {}) {
  let text = '';
  try {
    for await (const event of model.stream(options.request ?? request, { signal: options.signal ?? never })) {
      if (event.type === 'delta') text += event.text;
      else return { text, finish: event };
    }
  } catch (error) {
    return { text, error };
  }
  return { text };
}
