import { z } from 'zod';
import type { Logger } from '../../core/ports/logger.ts';
import type { Turns } from '../../core/turns/turns.ts';
import { endpoint } from '../endpoint.ts';
import type { Origins } from '../origins.ts';
import type { RateLimits } from '../rate-limits.ts';
import { whenGone } from '../read-answer.ts';
import { replyWithAnswer } from '../reply-with-answer.ts';
import { exchangeShape } from '../shapes/message.ts';
import { idempotencyKey, uuid } from '../shapes/text.ts';
import { toUsedKey } from '../used-key.ts';

interface ContinueOptions {
  turns: Pick<Turns, 'continueAnswer' | 'follow'>;
  origins: Origins;
  rateLimits: RateLimits;
  logger: Logger;
}

export function createContinueEndpoint({ turns, origins, rateLimits, logger }: ContinueOptions) {
  return endpoint({
    summary: 'Go on with an answer that met its length limit',
    description:
      'For any answer with `cut: true`, by whoever asked the question. What is written extends the same message: it comes as after asking, where `delta` has only what is new and `done` the whole message, whose usage has added up. While it is being written, asking for more of it joins. An answer that is whole gives 409.',
    tag: 'Messages',
    params: z.object({ message_id: uuid }),
    headers: z.object({ 'idempotency-key': idempotencyKey.optional() }),
    responses: {
      200: {
        description: 'The answer, longer.',
        content: {
          'application/json': { schema: exchangeShape },
          'text/event-stream': { schema: z.string() },
          'text/plain': { schema: z.string() },
        },
      },
    },
    errors: [
      'message_not_found',
      'forbidden',
      'conflict',
      'balance_too_low',
      'key_cap_reached',
      'model_context_overflow',
      'model_unavailable',
      'model_rate_limited',
      'model_timeout',
    ],

    async handle({ grant, params, headers, req, res }) {
      await rateLimits.countQuestion(grant.userId);
      const key = headers['idempotency-key'];
      const signal = whenGone(res);
      const { turnId } = await turns.continueAnswer({
        messageId: params.message_id,
        userId: grant.userId,
        platform: 'web',
        eventId: key === undefined ? null : `${grant.userId}:${params.message_id}:${key}`,
        place: { space: origins.toSpace(grant.origin), isPrivate: true, apiKey: toUsedKey(grant) },
        inOwnSession: true,
      });
      const events = turns.follow(turnId, { signal, onlyNew: true });
      return replyWithAnswer(events, { req, res, signal, logger });
    },
  });
}
