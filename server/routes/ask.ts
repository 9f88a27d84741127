import { z } from 'zod';
import type { Logger } from '../../core/ports/logger.ts';
import type { IncomingMessage } from '../../core/turns/incoming-message.ts';
import type { Turns } from '../../core/turns/turns.ts';
import { endpoint } from '../endpoint.ts';
import type { Origins } from '../origins.ts';
import type { RateLimits } from '../rate-limits.ts';
import { whenGone } from '../read-answer.ts';
import { replyWithAnswer } from '../reply-with-answer.ts';
import { exchangeShape } from '../shapes/message.ts';
import { httpUrl, idempotencyKey, uuid, writtenText } from '../shapes/text.ts';
import { toUsedKey } from '../used-key.ts';

interface AskOptions {
  turns: Pick<Turns, 'accept' | 'follow'>;
  origins: Origins;
  rateLimits: RateLimits;
  logger: Logger;
}

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
      return replyWithAnswer(events, { req, res, signal, logger });
    },
  });
}
