import { z } from 'zod';
import { isCut, type Message, type MessageSource } from '../../core/messages/message.ts';
import type { FoundMessage } from '../../core/messages/search-messages.ts';
import { PLATFORMS } from '../../core/users/platform.ts';
import { timestamp, uuid } from './text.ts';

export const sourceShape = z
  .object({
    n: z.int().min(1).meta({ description: 'The number the answer cites it by: [n].' }),
    title: z.string(),
    url: z.string().nullable(),
    snippet: z.string(),
    score: z.number().meta({ description: '0 to 1; comparable within one answer.' }),
  })
  .meta({ id: 'Source', description: 'A passage of a document that an answer rests on.' });

export const messageShape = z
  .object({
    id: uuid,
    session_id: uuid,
    role: z.enum(['user', 'assistant']),
    content: z.string(),
    image_url: z.string().nullable(),
    status: z.enum(['complete', 'interrupted', 'failed']),
    sources: z.array(sourceShape),
    model: z.string().nullable(),
    usage: z.object({ input_tokens: z.int().min(0), output_tokens: z.int().min(0) }).nullable(),
    finish_reason: z.enum(['length', 'content_filter']).optional().meta({
      description: 'Why the model stopped before its answer was whole; only there when it did.',
    }),
    cut: z.literal(true).optional().meta({
      description:
        'The answer met its length limit: `POST /api/messages/{message_id}/continue` goes on with it. Only there when it did.',
    }),
    created_at: timestamp,
  })
  .meta({ id: 'Message', description: 'One message of a conversation, in Markdown.' });

export const foundMessageShape = messageShape
  .extend({
    session_title: z.string().nullable().meta({ description: 'Null in a thread that somebody else began.' }),
    platform: z.enum(PLATFORMS).meta({ description: 'Where its session began.' }),
  })
  .meta({ id: 'FoundMessage', description: 'A message, and the conversation it is in.' });

export const exchangeShape = z
  .object({
    user_message: messageShape,
    ai_response: messageShape,
    notices: z
      .array(z.string())
      .optional()
      .meta({ description: 'To be said to the asker beside the answer, such as that the balance runs low.' }),
  })
  .meta({ id: 'Exchange', description: 'A question and its answer, both stored.' });

/** By name: what is stored may one day hold more than callers should see. */
export function toSourceShape({ n, title, url, snippet, score }: MessageSource): z.input<typeof sourceShape> {
  return { n, title, url, snippet, score };
}

export function toMessageShape(message: Message): z.input<typeof messageShape> {
  return {
    id: message.id,
    session_id: message.sessionId,
    role: message.role,
    content: message.content,
    image_url: message.imageUrl,
    status: message.status,
    sources: message.sources.map(toSourceShape),
    model: message.model,
    usage: message.usage && { input_tokens: message.usage.inputTokens, output_tokens: message.usage.outputTokens },
    ...(message.finishReason !== null && message.finishReason !== 'stop' && { finish_reason: message.finishReason }),
    ...(isCut(message) && { cut: true as const }),
    created_at: message.createdAt.toISOString(),
  };
}

export function toFoundMessageShape(message: FoundMessage): z.input<typeof foundMessageShape> {
  return { ...toMessageShape(message), session_title: message.sessionTitle, platform: message.platform };
}
