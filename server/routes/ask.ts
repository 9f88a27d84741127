import type { Request } from 'express';
import { z } from 'zod';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { IncomingMessage } from '../../core/turns/incoming-message.ts';
import type { Turns } from '../../core/turns/turns.ts';
import {
  eventStreamFormat,
  plainTextFormat,
  type StreamFormat,
  streamAnswer,
  toExchangeShape,
} from '../answer-stream.ts';
import { endpoint } from '../endpoint.ts';
import { toErrorReply } from '../error-reply.ts';
import type { Origins } from '../origins.ts';
import type { RateLimits } from '../rate-limits.ts';
import { readToEnd, whenGone } from '../read-answer.ts';
import { exchangeShape } from '../shapes/message.ts';
import { httpUrl, uuid, writtenText } from '../shapes/text.ts';
import { toUsedKey } from '../used-key.ts';

interface AskOptions {
  turns: Pick<Turns, 'accept' | 'follow'>;
  origins: Origins;
  rateLimits: RateLimits;
  logger: Logger;
}

const idempotencyKey = z
  .string()
  .regex(/^[\x20-\x7e]{1,255}$/, 'must have 1 to 255 printable ASCII characters')
  .meta({
    description:
      'The same key with the same text gives the same answer again, finished or still being written, and an answer asked for with a key is finished even when nobody listens. With another text: 409.',
  });

export function createAskEndpoint({ turns, origins, rateLimits, logger }: AskOptions) {
  return endpoint({
    summary: 'Ask: one message, one answer',
    description:
      'Accept chooses how the answer comes: application/json when it is complete; text/event-stream while it is written (`sources` {sources}, `delta` {text}, `done` {user_message, ai_response}, or `error` with the error body, also when the model fails before its first word); text/plain as bare text. Closing the connection stops the answer, unless it has an Idempotency-Key.',
    tag: 'Messages',
    params: z.object({ session_id: uuid }),
    headers: z.object({ 'idempotency-key': idempotencyKey.optional() }),
    body: z.strictObject({ text: writtenText(4000), image_url: httpUrl.nullish() }),
    responses: {
      200: {
        description: 'The answer.',
        content: {
          'application/json': { schema: exchangeShape },
          'text/event-stream': { schema: z.string() },
          'text/plain': { schema: z.string() },
        },
      },
    },
    errors: [
      'session_not_found',
      'conflict',
      'model_context_overflow',
      'turn_abandoned',
      'model_unavailable',
      'model_rate_limited',
      'model_timeout',
    ],

    async handle({ grant, params, headers, body, req, res }) {
      await rateLimits.countQuestion(grant.userId);
      const key = headers['idempotency-key'];
      const incoming: IncomingMessage = {
        platform: 'web',
        eventId: key === undefined ? null : `${grant.userId}:${params.session_id}:${key}`,
        userId: grant.userId,
        sessionId: params.session_id,
        text: body.text,
        imageUrl: body.image_url ?? undefined,
        place: { space: origins.toSpace(grant.origin), isPrivate: true, apiKey: toUsedKey(grant) },
      };
      const signal = whenGone(res);
      await res.locals.arrival?.waitForEarlier();
      const { turnId } = await turns.accept(incoming);
      res.locals.arrival?.pass();
      const events = turns.follow(turnId, { signal });

      const format = chooseFormat(req);
      if (format) {
        const toErrorBody = (failure: unknown) =>
          toErrorReply(failure, { requestId: res.locals.requestId, logger }).body;
        const isAnswer = (failure: unknown) => format === eventStreamFormat && isOfModel(failure);
        await streamAnswer(events, res, { format, signal, toErrorBody, isAnswer });
        return null;
      }
      const done = await readToEnd(events, signal);
      return done && { status: 200, body: toExchangeShape(done) };
    },
  });
}

const MODEL_FAILURES: ReadonlySet<ErrorCode> = new Set([
  'model_key_invalid',
  'model_not_found',
  'model_context_overflow',
  'model_rate_limited',
  'model_unavailable',
  'model_timeout',
  'model_interrupted',
  'model_refused',
]);

/** The question was taken, and the model did not answer it: other than a refusal, that is how the stream ends. */
function isOfModel(failure: unknown): boolean {
  return failure instanceof AppError && MODEL_FAILURES.has(failure.code);
}

/** null for JSON, which is also what whoever accepts anything gets. */
function chooseFormat(req: Request): StreamFormat | null {
  switch (req.accepts(['application/json', 'text/event-stream', 'text/plain'])) {
    case 'text/event-stream':
      return eventStreamFormat;
    case 'text/plain':
      return plainTextFormat;
    default:
      return null;
  }
}
