import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { AppError } from '../errors.ts';
import { countTokens } from '../models/count-tokens.ts';
import type { ChatModel, ModelEvent, ModelMessage, ModelRequest, TokenUsage } from '../ports/chat-model.ts';
import type { Logger } from '../ports/logger.ts';
import { readChunks } from './openai-chunks.ts';
import { isWorthRetrying, toModelError } from './openai-errors.ts';
import { createStreamDeadline } from './stream-deadline.ts';

export interface OpenAiModelOptions {
  baseUrl: string;
  apiKey: string | undefined;
  model: string;
  contextTokens: number;
  maxOutputTokens: number;
  /** What servers call the limit differs. */
  maxTokensParameter: 'max_tokens' | 'max_completion_tokens';
  /** Longest silence, before the first token as well as between two. */
  idleTimeoutMs: number;
  totalTimeoutMs: number;
  maxRetries?: number;
  /** From 0 to 1; spreads the retries of many turns. */
  random?: () => number;
  logger: Logger;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 8000;

/**
 * Any server with OpenAI's Chat Completions interface. Tries again only while nothing of the answer has been shown.
 */
export function createOpenAiModel(options: OpenAiModelOptions): ChatModel {
  const { model, contextTokens, maxOutputTokens, logger } = options;
  const { maxRetries = 3, random = Math.random } = options;
  // Servers without keys want none, but the package does: any word will do. Retries are ours: the package's own would
  // also retry what is not worth it, and wait longer than anyone reads.
  const client = new OpenAI({
    baseURL: options.baseUrl,
    apiKey: options.apiKey ?? 'none',
    maxRetries: 0,
    // It would print what it cannot read, which is what people wrote.
    logLevel: 'off',
    timeout: options.totalTimeoutMs,
  });

  async function* stream(request: ModelRequest, { signal }: { signal: AbortSignal }): AsyncGenerator<ModelEvent> {
    const deadline = createStreamDeadline({ signal, ...options });
    try {
      for (let attempt = 0; ; attempt += 1) {
        let hasStarted = false;
        try {
          for await (const event of streamOnce(request, deadline)) {
            hasStarted = true;
            yield event;
          }
          return;
        } catch (cause) {
          signal.throwIfAborted();
          const error = toModelError(cause, { hasStarted, timedOut: deadline.timedOut });
          if (hasStarted || deadline.timedOut || attempt >= maxRetries || !isWorthRetrying(error)) throw error;
          const waitMs = retryDelayMs(error, attempt);
          if (waitMs > LONGEST_RETRY_MS) throw error;
          logger.debug({ code: error.code, attempt, waitMs }, 'the model did not answer; trying again');
          await sleep(waitMs, undefined, { signal });
          deadline.touch();
        }
      }
    } finally {
      deadline.clear();
    }
  }

  /** What the server asks for, or twice as long each time; shortened by chance so that many do not come back at once. */
  function retryDelayMs(error: AppError, attempt: number): number {
    if (error.retryAfterSeconds !== undefined) return error.retryAfterSeconds * 1000;
    return Math.min(FIRST_RETRY_MS * 2 ** attempt, LONGEST_RETRY_MS) * (0.5 + random() / 2);
  }

  async function* streamOnce(
    request: ModelRequest,
    deadline: ReturnType<typeof createStreamDeadline>,
  ): AsyncGenerator<ModelEvent> {
    // The package sends the request and names its failures; its own reader costs more than all the rest of an answer.
    const response = await client.chat.completions
      .create(
        {
          model: request.model ?? model,
          stream: true,
          stream_options: { include_usage: true },
          messages: [{ role: 'system', content: request.system }, ...request.messages.map(toChatMessage)],
          [options.maxTokensParameter]: request.maxOutputTokens,
        },
        { signal: deadline.signal },
      )
      .asResponse();
    let answered = '';
    let reason: string | null = null;
    let usage: TokenUsage | null = null;
    let servedBy = request.model ?? model;
    for await (const chunks of readChunks(response)) {
      deadline.touch();
      let text = '';
      for (const chunk of chunks) {
        const choice = chunk.choices?.[0];
        text += choice?.delta?.content ?? '';
        reason = choice?.finish_reason ?? reason;
        servedBy = chunk.model || servedBy;
        if (chunk.usage) {
          usage = { inputTokens: chunk.usage.prompt_tokens, outputTokens: chunk.usage.completion_tokens };
        }
      }
      if (text === '') continue;
      answered += text;
      yield { type: 'delta', text };
    }
    // A connection that a proxy closed looks like an end; only a reason to finish tells that it was one.
    if (reason === null) throw new AppError('model_interrupted', 'The answer broke off. Please try again.');
    if (reason === 'content_filter') {
      throw new AppError('model_refused', 'The language model declined to answer this. Please ask in another way.');
    }
    usage ??= { inputTokens: countRequest(request), outputTokens: countTokens(answered) };
    yield { type: 'finish', reason: reason === 'length' ? 'length' : 'stop', model: servedBy, usage };
  }

  return {
    name: model,
    contextTokens,
    maxOutputTokens,
    stream,

    async check() {
      try {
        // Listing models is free everywhere. Servers that do not list are taken at their word: a 404 is an answer too.
        const models = await client.models.list({ timeout: 5000 });
        const names = models.data.map(({ id }) => id);
        if (names.length > 0 && !names.includes(model) && !names.includes(`${model}:latest`)) {
          throw new AppError('model_not_found', `The server does not list a model ${model}. Check CHAT_MODEL.`);
        }
      } catch (cause) {
        if (cause instanceof AppError) throw cause;
        if (cause instanceof OpenAI.APIError && cause.status === 404) return;
        throw toModelError(cause, { hasStarted: false, timedOut: false });
      }
    },
  };
}

function toChatMessage({ role, content, imageUrls }: ModelMessage): OpenAI.ChatCompletionMessageParam {
  if (role === 'assistant') return { role, content };
  if (!imageUrls?.length) return { role, content };
  return {
    role,
    content: [
      { type: 'text', text: content },
      ...imageUrls.map((url) => ({ type: 'image_url' as const, image_url: { url } })),
    ],
  };
}

/** For servers that report no usage. */
function countRequest({ system, messages }: ModelRequest): number {
  return messages.reduce((sum, { content }) => sum + countTokens(content), countTokens(system));
}
