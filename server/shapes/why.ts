import { z } from 'zod';
import type { AnswerExplanation, AnswerPayment } from '../../core/messages/explain-answer.ts';
import { sourceShape, toSourceShape } from './message.ts';
import { uuid } from './text.ts';

const priceShape = z.object({
  version: z.string().meta({ description: 'Of the price list.' }),
  input_micros_per_million: z.int(),
  cached_input_micros_per_million: z.int(),
  output_micros_per_million: z.int(),
});

export const whyShape = z
  .object({
    message_id: uuid,
    sources: z.array(sourceShape),
    model: z.string().nullable(),
    reason: z.string().nullable().meta({ description: 'Why it was this model.' }),
    usage: z.object({ input_tokens: z.int(), output_tokens: z.int() }).nullable(),
    ms: z.int().nullable().meta({ description: 'From the question to the end of the answer.' }),
    payment: z
      .object({
        payer: z.enum(['operator', 'own_key', 'wallet', 'free']),
        cost_micros: z.int().nullable().meta({ description: 'null where the price is not known.' }),
        price: priceShape.nullable(),
      })
      .nullable()
      .meta({ description: 'Only for whoever asked.' }),
  })
  .meta({ id: 'Why', description: 'How an answer came about.' });

export function toWhyShape(why: AnswerExplanation): z.input<typeof whyShape> {
  const { usage } = why;
  return {
    message_id: why.messageId,
    sources: why.sources.map(toSourceShape),
    model: why.model,
    reason: why.reason,
    usage: usage && { input_tokens: usage.inputTokens, output_tokens: usage.outputTokens },
    ms: why.ms,
    payment: why.payment && toPaymentShape(why.payment),
  };
}

function toPaymentShape({ payer, costMicros, price }: AnswerPayment) {
  return {
    payer,
    cost_micros: costMicros,
    price: price && {
      version: price.version,
      input_micros_per_million: price.inputMicrosPerMillion,
      cached_input_micros_per_million: price.cachedInputMicrosPerMillion,
      output_micros_per_million: price.outputMicrosPerMillion,
    },
  };
}
