import type { Response } from 'express';
import { z } from 'zod';
import type { Completions } from '../../core/completions/completions.ts';
import { RefusedRequest } from '../../core/completions/refused-request.ts';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { StatelessQuestions } from '../../core/turns/stateless-questions.ts';
import { streamAnswer } from '../answer-stream.ts';
import { endpoint } from '../endpoint.ts';
import { toErrorReply } from '../error-reply.ts';
import type { RateLimits } from '../rate-limits.ts';
import { readToEnd, whenGone } from '../read-answer.ts';
import { type Asker, admitAsker, unknownModel } from './asker.ts';
import { type ChatRequest, chatRequestShape } from './chat-request.ts';
import { type OpenAiErrorBody, toOpenAiError } from './openai-error.ts';
import { createParleyStreamFormat, toParleyCompletion } from './parley-completion.ts';
import { toParleyQuestion } from './parley-question.ts';
import { createPassOn } from './pass-on-completion.ts';

interface ChatCompletionsOptions {
  statelessQuestions: StatelessQuestions;
  /** Null where no language model is set up. */
  completions: Completions | null;
  /** What embeds; it writes no answers. */
  embeddings: { model: string };
  rateLimits: RateLimits;
  logger: Logger;
}

/** The assistant with the documents and their sources. */
export const PARLEY = 'parley';

interface Asked {
  asker: Asker;
  res: Response;
}

export function createChatCompletionsEndpoint(options: ChatCompletionsOptions) {
  const { statelessQuestions, completions, rateLimits, logger } = options;
  const embeddingModel = options.embeddings.model;
  const passOnCompletion = createPassOn();

  return endpoint({
    summary: "OpenAI's chat completions",
    description:
      'For any client of OpenAI. The model parley is this assistant: it looks into its documents, cites them as [1], and lists them in `sources`. Closing the connection stops the answer.',
    tag: 'OpenAI-compatible',
    body: chatRequestShape,
    responses: {
      200: {
        description: 'The answer, in one piece or as a stream of chunks that ends with [DONE].',
        content: {
          'application/json': { schema: z.looseObject({ id: z.string(), object: z.literal('chat.completion') }) },
          'text/event-stream': { schema: z.string() },
        },
      },
    },
    errors: [
      'model_unknown',
      'balance_too_low',
      'key_cap_reached',
      'model_context_overflow',
      'model_unavailable',
      'model_rate_limited',
      'model_timeout',
    ],

    async handle({ grant, body, res }) {
      const asker = await admitAsker(grant, { model: body.model, rateLimits });
      if (body.model === embeddingModel) throw makesEmbeddings(embeddingModel);
      if (body.model === PARLEY) return answerAsParley(body, { asker, res });
      return passOn(body, { asker, res });
    },
  });

  async function answerAsParley(request: ChatRequest, { asker, res }: Asked) {
    const question = toParleyQuestion(request);
    const signal = whenGone(res);
    const events = statelessQuestions.ask({ ...question, ...asker }, { signal });
    const options = {
      model: PARLEY,
      now: new Date(),
      includesUsage: request.stream_options?.include_usage ?? false,
    };
    if (request.stream) {
      await streamAnswer(events, res, {
        format: createParleyStreamFormat(options),
        signal,
        toErrorBody: toBodyFor(res),
      });
      return null;
    }
    const done = await readToEnd(events, signal);
    return done && { status: 200, body: toParleyCompletion(done, options) };
  }

  async function passOn(request: ChatRequest, { asker, res }: Asked) {
    if (!completions) throw unknownModel(request.model);
    const signal = whenGone(res);
    try {
      const asking = completions.complete(request, { ...asker, signal });
      await passOnCompletion(asking, res, { isStream: request.stream === true, signal, toErrorBody: toBodyFor(res) });
    } catch (failure) {
      if (signal.aborted) return null;
      if (failure instanceof RefusedRequest) return { status: failure.status, body: { error: failure.error } };
      throw failure;
    }
    return null;
  }

  function toBodyFor(res: Response): (failure: unknown) => OpenAiErrorBody {
    return (failure) => toOpenAiError(toErrorReply(failure, { requestId: res.locals.requestId, logger })).body;
  }
}

function makesEmbeddings(model: string): AppError {
  const message = `The model ${model} makes embeddings and writes no answers: ask for it at POST /v1/embeddings.`;
  return new AppError('model_unknown', message, { field: 'model' });
}
