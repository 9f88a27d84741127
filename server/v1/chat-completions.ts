import type { Response } from 'express';
import { z } from 'zod';
import type { Logger } from '../../core/ports/logger.ts';
import type { StatelessQuestions } from '../../core/turns/stateless-questions.ts';
import { streamAnswer } from '../answer-stream.ts';
import { endpoint } from '../endpoint.ts';
import { toErrorReply } from '../error-reply.ts';
import type { RateLimits } from '../rate-limits.ts';
import { readToEnd, whenGone } from '../read-answer.ts';
import { admitAsker, unknownModel } from './asker.ts';
import { type ChatRequest, chatRequestShape } from './chat-request.ts';
import { toOpenAiError } from './openai-error.ts';
import { createParleyStreamFormat, toParleyCompletion } from './parley-completion.ts';
import { toParleyQuestion } from './parley-question.ts';

interface ChatCompletionsOptions {
  statelessQuestions: StatelessQuestions;
  rateLimits: RateLimits;
  logger: Logger;
}

/** The assistant with the documents and their sources. */
export const PARLEY = 'parley';

export function createChatCompletionsEndpoint({ statelessQuestions, rateLimits, logger }: ChatCompletionsOptions) {
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
    errors: ['model_unknown', 'model_context_overflow', 'model_unavailable', 'model_rate_limited', 'model_timeout'],

    async handle({ grant, body, res }) {
      const asker = await admitAsker(grant, { model: body.model, rateLimits });
      if (body.model === PARLEY) return answerAsParley(body, { asker, res });
      throw unknownModel(body.model);
    },
  });

  async function answerAsParley(
    request: ChatRequest,
    { asker, res }: { asker: { userId: string; apiKeyId: string | undefined }; res: Response },
  ) {
    const question = toParleyQuestion(request);
    const signal = whenGone(res);
    const events = statelessQuestions.ask({ ...question, ...asker }, { signal });
    const options = {
      model: PARLEY,
      now: new Date(),
      includesUsage: request.stream_options?.include_usage ?? false,
      maxOutputTokens: question.maxOutputTokens,
    };
    if (request.stream) {
      const toErrorBody = (failure: unknown) =>
        toOpenAiError(toErrorReply(failure, { requestId: res.locals.requestId, logger })).body;
      await streamAnswer(events, res, { format: createParleyStreamFormat(options), signal, toErrorBody });
      return null;
    }
    const done = await readToEnd(events, signal);
    return done && { status: 200, body: toParleyCompletion(done, options) };
  }
}
