import { z } from 'zod';
import type { Message } from '../../core/messages/message.ts';
import type { StatelessQuestions } from '../../core/turns/stateless-questions.ts';
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
  })
  .meta({ id: 'QueryAnswer', description: 'An answer, who wrote it, and what it took.' });

export function createQueryEndpoint({
  statelessQuestions,
  rateLimits,
}: {
  statelessQuestions: StatelessQuestions;
  rateLimits: RateLimits;
}) {
  return endpoint({
    summary: 'One question, one answer, no conversation',
    tag: 'Messages',
    body: z.strictObject({ query: writtenText(4000) }),
    responses: {
      200: { description: 'The answer.', content: { 'application/json': { schema: queryAnswerShape } } },
    },
    errors: ['model_context_overflow', 'turn_abandoned', 'model_unavailable', 'model_rate_limited', 'model_timeout'],

    async handle({ grant, body, res }) {
      await rateLimits.countQuestion(grant.userId);
      const { userId } = grant;
      const signal = whenGone(res);
      const events = statelessQuestions.ask({ userId, apiKey: toUsedKey(grant), text: body.query }, { signal });
      const done = await readToEnd(events, signal);
      return done && { status: 200, body: toQueryAnswerShape(done.answer) };
    },
  });
}

function toQueryAnswerShape({ model, content, sources, usage }: Message): z.input<typeof queryAnswerShape> {
  return {
    model,
    answer: content,
    sources: sources.map(toSourceShape),
    usage: { input_tokens: usage?.inputTokens ?? 0, output_tokens: usage?.outputTokens ?? 0 },
  };
}
