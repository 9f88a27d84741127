import { z } from 'zod';
import type { Message } from '../../core/messages/message.ts';
import type { StatelessQuestions } from '../../core/turns/stateless-questions.ts';
import { MICROS_PER_CENT } from '../../core/wallet/money.ts';
import type { UsageRepository } from '../../core/wallet/usage-repository.ts';
import { endpoint } from '../endpoint.ts';
import type { RateLimits } from '../rate-limits.ts';
import { readToEnd, whenGone } from '../read-answer.ts';
import { sourceShape, toSourceShape } from '../shapes/message.ts';
import { writtenText } from '../shapes/text.ts';
import { toUsedKey } from '../used-key.ts';

const queryAnswerShape = z
  .object({
    model: z.string().nullable(),
    answer: z.string(),
    sources: z.array(sourceShape),
    usage: z.object({ input_tokens: z.int().min(0), output_tokens: z.int().min(0) }),
    cost_micros: z
      .int()
      .nullable()
      .meta({ description: 'In millionths of a US dollar; null where no price is known.' }),
    cost_cents: z.number().nullable(),
  })
  .meta({ id: 'QueryAnswer', description: 'An answer, who wrote it, and what it took.' });

export function createQueryEndpoint({
  statelessQuestions,
  usage,
  rateLimits,
}: {
  statelessQuestions: StatelessQuestions;
  usage: Pick<UsageRepository, 'findCost'>;
  rateLimits: RateLimits;
}) {
  return endpoint({
    summary: 'One question, one answer, no conversation',
    tag: 'Messages',
    body: z.strictObject({ query: writtenText(4000) }),
    responses: {
      200: { description: 'The answer.', content: { 'application/json': { schema: queryAnswerShape } } },
    },
    errors: [
      'balance_too_low',
      'key_cap_reached',
      'model_context_overflow',
      'turn_abandoned',
      'model_unavailable',
      'model_rate_limited',
      'model_timeout',
    ],

    async handle({ grant, body, res }) {
      await rateLimits.countQuestion(grant.userId);
      const { userId } = grant;
      const signal = whenGone(res);
      const events = statelessQuestions.ask({ userId, apiKey: toUsedKey(grant), text: body.query }, { signal });
      const done = await readToEnd(events, signal);
      if (!done) return null;
      const cost = await usage.findCost(done.answer.turnId);
      return { status: 200, body: toQueryAnswerShape(done.answer, cost) };
    },
  });
}

function toQueryAnswerShape(
  { model, content, sources, usage }: Message,
  costMicros: number | null,
): z.input<typeof queryAnswerShape> {
  return {
    model,
    answer: content,
    sources: sources.map(toSourceShape),
    usage: { input_tokens: usage?.inputTokens ?? 0, output_tokens: usage?.outputTokens ?? 0 },
    cost_micros: costMicros,
    cost_cents: costMicros === null ? null : costMicros / MICROS_PER_CENT,
  };
}
