import { setTimeout as sleep } from 'node:timers/promises';
import type OpenAI from 'openai';
import { AppError } from '../errors.ts';
import { findListedName } from '../models/listed-name.ts';
import type { ChatModel, ModelEvent, ModelMessage, ModelRequest, StreamOptions } from '../ports/chat-model.ts';
import type { Logger } from '../ports/logger.ts';
import { readChunks } from './openai-chunks.ts';
import { createOpenAiClient } from './openai-client.ts';
import { createCompletion } from './openai-completion.ts';
import { createDialect, type DialectParameters } from './openai-dialect.ts';
import { isWorthRetrying, toModelError } from './openai-errors.ts';
import { listModels } from './openai-model-list.ts';
import { createStreamDeadline, type StreamDeadline } from './stream-deadline.ts';

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
  /** Sends the requests; the platform's own when absent. */
  fetch?: typeof fetch;
  logger: Logger;
}

const CHECK_MS = 5000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 8000;
/** After the reason to finish only the usage is still to come. */
const USAGE_WAIT_MS = 2000;
/** Of its parameters a server can refuse two. */
const MOST_LESSONS = 2;

/**
 * Any server with OpenAI's Chat Completions interface. Tries again only while nothing of the answer has been shown.
 */
export function createOpenAiModel(options: OpenAiModelOptions): ChatModel {
  const { model, contextTokens, maxOutputTokens, logger } = options;
  const { maxRetries: usualRetries = 3, random = Math.random } = options;
  // Retries are ours: the package's own would also retry what is not worth it, and wait longer than anyone reads.
  const client = createOpenAiClient({ ...options, timeoutMs: options.totalTimeoutMs });

  const dialect = createDialect({ limitName: options.maxTokensParameter });

  async function* stream(request: ModelRequest, streaming: StreamOptions): AsyncGenerator<ModelEvent> {
    const { signal, maxRetries = usualRetries } = streaming;
    const deadline = createStreamDeadline({ signal, ...options });
    let lessons = 0;
    try {
      for (let attempt = 0; ; ) {
        const parameters = dialect.parameters(request.maxOutputTokens);
        let hasStarted = false;
        try {
          for await (const event of streamOnce(request, parameters, deadline)) {
            hasStarted = true;
            yield event;
          }
          return;
        } catch (cause) {
          signal.throwIfAborted();
          if (!hasStarted && lessons < MOST_LESSONS && dialect.learn(cause, parameters)) {
            lessons += 1;
            continue;
          }
          const error = toModelError(cause, { hasStarted, timedOut: deadline.timedOut });
          if (hasStarted || deadline.timedOut || attempt >= maxRetries || !isWorthRetrying(error)) throw error;
          const waitMs = retryDelayMs(error, attempt);
          if (waitMs > LONGEST_RETRY_MS) throw error;
          logger.debug({ code: error.code, attempt, waitMs }, 'the model did not answer; trying again');
          deadline.touch(waitMs);
          await sleep(waitMs, undefined, { signal: deadline.signal }).catch(() => undefined);
          signal.throwIfAborted();
          attempt += 1;
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
    parameters: DialectParameters,
    deadline: StreamDeadline,
  ): AsyncGenerator<ModelEvent> {
    // The package sends the request and names its failures; its own reader costs more than all the rest of an answer.
    const response = await client.chat.completions
      .create(
        {
          model: request.model ?? model,
          stream: true,
          messages: [{ role: 'system', content: request.system }, ...request.messages.map(toChatMessage)],
          ...parameters,
        },
        { signal: deadline.signal },
      )
      .asResponse();
    const completion = createCompletion();
    try {
      for await (const arrived of readChunks(response)) {
        deadline.touch();
        const text = completion.add(arrived);
        if (text !== '') yield { type: 'delta', text };
        if (completion.isFinished()) deadline.shorten(USAGE_WAIT_MS);
      }
    } catch (error) {
      // Once there was a reason to finish, the answer is whole: only the usage is missing.
      if (!completion.isFinished()) throw error;
    }
    const rest = completion.end();
    if (rest !== '') yield { type: 'delta', text: rest };
    yield completion.toFinish(request, request.model ?? model);
  }

  return {
    name: model,
    contextTokens,
    maxOutputTokens,
    stream,

    async check() {
      // Listing models is free everywhere. Servers that do not list are taken at their word.
      const names = (await listModels(client, { timeoutMs: CHECK_MS })) ?? [];
      if (names.length > 0 && findListedName(model, names, { isExact: true }) === null) {
        throw new AppError('model_not_found', `The server does not list a model ${model}. Check CHAT_MODEL.`);
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
