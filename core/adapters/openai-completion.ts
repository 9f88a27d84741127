import type OpenAI from 'openai';
import { AppError } from '../errors.ts';
import { countTokens } from '../models/count-tokens.ts';
import { toTokenUsage } from '../models/wire-usage.ts';
import type { ModelEvent, ModelRequest, TokenUsage } from '../ports/chat-model.ts';

/** What servers call it when an answer met a limit: of its own length, or of what the model can hold. */
const LIMITS: ReadonlySet<string> = new Set([
  'length',
  'max_tokens',
  'max_output_tokens',
  'model_length',
  'model_context_window_exceeded',
]);

/** Gathers what the chunks of one streamed completion say. */
export function createCompletion() {
  let answered = '';
  let isRefused = false;
  let reason: string | null = null;
  let usage: TokenUsage | null = null;
  let servedBy = '';

  return {
    /** @returns the text that these chunks add to the answer */
    add(chunks: OpenAI.ChatCompletionChunk[]): string {
      let text = '';
      for (const chunk of chunks) {
        const choice = chunk.choices?.[0];
        text += choice?.delta?.content ?? '';
        isRefused ||= Boolean(choice?.delta?.refusal);
        reason = choice?.finish_reason ?? reason;
        servedBy = chunk.model || servedBy;
        if (chunk.usage) usage = toTokenUsage(chunk.usage) ?? usage;
      }
      answered += text;
      return text;
    },

    isFinished: () => reason !== null,

    /** @throws AppError for a stream that ended without an answer, or in the middle of one */
    toFinish(request: ModelRequest, model: string): ModelEvent {
      throwUnlessAnswered();
      return {
        type: 'finish',
        reason: LIMITS.has(reason?.toLowerCase() ?? '') ? 'length' : 'stop',
        model: servedBy || model,
        usage: usage ?? { inputTokens: countRequest(request), outputTokens: countTokens(answered) },
      };
    },
  };

  function throwUnlessAnswered(): void {
    // A connection that a proxy closed looks like an end; only a reason to finish tells that it was one.
    if (reason === null && answered !== '') {
      throw new AppError('model_interrupted', 'The answer broke off. Please try again.');
    }
    if (reason === null)
      throw new AppError('model_unavailable', 'The language model gave no answer. Please try again.');
    if (reason === 'content_filter' || (isRefused && answered === '')) {
      throw new AppError('model_refused', 'The language model declined to answer this. Please ask in another way.');
    }
    if (reason === 'length' && answered === '') {
      throw new AppError(
        'model_interrupted',
        'The language model spent its whole limit on thinking. The operator can raise CHAT_MAX_OUTPUT_TOKENS.',
      );
    }
  }
}

/** For servers that report no usage. */
function countRequest({ system, messages }: ModelRequest): number {
  return messages.reduce((sum, { content }) => sum + countTokens(content), countTokens(system));
}
