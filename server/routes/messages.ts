import { z } from 'zod';
import type { ExplainAnswer } from '../../core/messages/explain-answer.ts';
import { type Feedback, RATINGS } from '../../core/messages/feedback.ts';
import type { Messages } from '../../core/messages/messages.ts';
import { endpoint } from '../endpoint.ts';
import { foundMessageShape, messageShape, toFoundMessageShape, toMessageShape } from '../shapes/message.ts';
import { pageQuery, pageShape, toPageShape } from '../shapes/page.ts';
import { uuid, writtenText } from '../shapes/text.ts';
import { toWhyShape, whyShape } from '../shapes/why.ts';

const tag = 'Messages';
const sessionParams = z.object({ session_id: uuid });
const messageParams = z.object({ message_id: uuid });
const onePage = {
  200: { description: 'One page.', content: { 'application/json': { schema: pageShape(messageShape) } } },
};

export interface MessageEndpointsOptions {
  messages: Messages;
  feedback: Feedback;
  explainAnswer: ExplainAnswer;
}

export function createMessageEndpoints({ messages, feedback, explainAnswer }: MessageEndpointsOptions) {
  return {
    list: endpoint({
      summary: 'The messages of a session, oldest first',
      tag,
      params: sessionParams,
      query: pageQuery,
      responses: onePage,
      errors: ['session_not_found'],
      async handle({ grant, params, query }) {
        const page = await messages.list({ userId: grant.userId, sessionId: params.session_id, ...query });
        return { status: 200, body: toPageShape(page, toMessageShape) };
      },
    }),

    deleteAll: endpoint({
      summary: 'Delete all messages of a session',
      tag,
      params: sessionParams,
      responses: { 204: { description: 'Deleted.' } },
      errors: ['session_not_found'],
      async handle({ grant, params }) {
        await messages.deleteAll({ userId: grant.userId, sessionId: params.session_id });
        return { status: 204 };
      },
    }),

    search: endpoint({
      summary: 'Search my messages on all platforms, newest first',
      tag,
      query: pageQuery.extend({
        q: writtenText(200).meta({ description: 'Words that are all in it, or "a phrase".' }),
      }),
      responses: {
        200: { description: 'One page.', content: { 'application/json': { schema: pageShape(foundMessageShape) } } },
      },
      async handle({ grant, query: { q, ...page } }) {
        const found = await messages.search({ userId: grant.userId, query: q, ...page });
        return { status: 200, body: toPageShape(found, toFoundMessageShape) };
      },
    }),

    delete: endpoint({
      summary: 'Delete one message',
      tag,
      params: messageParams,
      responses: { 204: { description: 'Deleted.' } },
      errors: ['message_not_found'],
      async handle({ grant, params }) {
        await messages.delete({ userId: grant.userId, messageId: params.message_id });
        return { status: 204 };
      },
    }),

    why: endpoint({
      summary: 'Why an answer is as it is',
      description:
        'What it rests on, who wrote it and why they, what it took, and, to whoever asked, what it cost whom.',
      tag,
      params: messageParams,
      responses: { 200: { description: 'How it came about.', content: { 'application/json': { schema: whyShape } } } },
      errors: ['message_not_found'],
      async handle({ grant, params }) {
        const why = await explainAnswer({ messageId: params.message_id, userId: grant.userId });
        return { status: 200, body: toWhyShape(why) };
      },
    }),

    giveFeedback: endpoint({
      summary: 'Say whether an answer helped',
      description: 'A second opinion of the same person on the same message replaces the first.',
      tag,
      params: messageParams,
      body: z.strictObject({ rating: z.enum(RATINGS), reason: writtenText(2000).nullish() }),
      responses: { 204: { description: 'Kept.' } },
      errors: ['message_not_found'],
      async handle({ grant, params, body }) {
        const { rating, reason } = body;
        const { userId } = grant;
        await feedback.give({ userId, messageId: params.message_id, rating, reason: reason ?? undefined });
        return { status: 204 };
      },
    }),
  };
}
