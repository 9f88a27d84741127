import type OpenAI from 'openai';
import { contentText, thoughtText } from '../completions/written-text.ts';
import { AppError } from '../errors.ts';
import { countTokens } from '../models/count-tokens.ts';
import { toTokenUsage, type WireUsage } from '../models/wire-usage.ts';
import type { ModelEvent, ModelRequest, TokenUsage } from '../ports/chat-model.ts';
import type { Arrived } from './openai-chunks.ts';
import { type FinishReason, toFinishReason } from './openai-finish-reason.ts';
import { createThoughtFilter } from './thought-filter.ts';

/** A chunk as compatible servers send it, who differ in where they put things. */
interface WireChunk {
  choices?: WireChoice[] | null;
  model?: string;
  finish_reason?: unknown;
  usage?: WireUsage | null;
  x_groq?: { usage?: WireUsage | null } | null;
}

interface WireChoice {
  delta?: WireDelta | null;
  /** Of an answer in one piece. */
  message?: WireDelta | null;
  finish_reason?: unknown;
}

interface WireDelta {
  content?: unknown;
  refusal?: unknown;
  reasoning?: unknown;
  reasoning_content?: unknown;
}

/** Gathers what the chunks of one completion say. */
export function createCompletion() {
  const thoughts = createThoughtFilter();
  let answered = '';
  let thought = '';
  let isRefused = false;
  let isDone = false;
  let reason: FinishReason | null = null;
  let usage: TokenUsage | null = null;
  let servedBy = '';

  function take(chunk: WireChunk): string {
    const choice = chunk.choices?.[0];
    const delta = choice?.delta ?? choice?.message ?? {};
    isRefused ||= Boolean(delta.refusal);
    thought += thoughtText(delta);
    reason = toFinishReason(choice?.finish_reason ?? chunk.finish_reason) ?? reason;
    servedBy = chunk.model || servedBy;
    const reported = chunk.usage ?? chunk.x_groq?.usage;
    if (reported) usage = toTokenUsage(reported) ?? usage;
    return contentText(delta.content);
  }

  return {
    /** @returns the text that these chunks add to the answer */
    add(arrived: Arrived): string {
      const written = arrived.chunks.map((chunk: OpenAI.ChatCompletionChunk) => take(chunk as WireChunk)).join('');
      const text = thoughts.push(written);
      isDone ||= arrived.isDone;
      answered += text;
      return text;
    },

    /** @returns what the answer still had to say when it ended */
    end(): string {
      const rest = thoughts.end();
      answered += rest;
      return rest;
    },

    isFinished: () => reason !== null || isDone,

    /** @throws AppError for a stream that ended without an answer, or in the middle of one */
    toFinish(request: ModelRequest, model: string): ModelEvent {
      throwUnlessAnswered();
      const written = thought + thoughts.thought() + answered;
      return {
        type: 'finish',
        reason: reason === 'length' ? 'length' : 'stop',
        model: servedBy || model,
        usage: usage ?? { inputTokens: countRequest(request), outputTokens: countTokens(written) },
      };
    },
  };

  function throwUnlessAnswered(): void {
    // A connection that a proxy closed looks like an end; only a reason to finish or `[DONE]` tells that it was one.
    const hasEnded = reason === null ? isDone : reason !== 'broken';
    if (!hasEnded && answered !== '') {
      throw new AppError('model_interrupted', 'The answer broke off. Please try again.');
    }
    if (!hasEnded || (reason === null && answered === '' && !isRefused))
      throw new AppError('model_unavailable', 'The language model gave no answer. Please try again.');
    if (reason === 'filtered' || (isRefused && answered === '')) {
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
