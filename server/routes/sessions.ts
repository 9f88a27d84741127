import { z } from 'zod';
import type { Sessions } from '../../core/sessions/sessions.ts';
import { PLATFORMS } from '../../core/users/platform.ts';
import { endpoint } from '../endpoint.ts';
import type { Origins } from '../origins.ts';
import { pageQuery, pageShape, toPageShape } from '../shapes/page.ts';
import { sessionShape, toSessionShape } from '../shapes/session.ts';
import { uuid, writtenText } from '../shapes/text.ts';

const tag = 'Sessions';
const params = z.object({ session_id: uuid });
const title = writtenText(200);
const oneSession = { 'application/json': { schema: sessionShape } };
const deleted = { 204: { description: 'Deleted.' } };

export function createSessionEndpoints({ sessions, origins }: { sessions: Sessions; origins: Origins }) {
  return {
    list: endpoint({
      summary: 'My sessions, most recently used first',
      tag,
      query: pageQuery.extend({
        platform: z
          .enum(PLATFORMS)
          .optional()
          .meta({ description: 'Only those; api has one session for each question of a program, left out otherwise.' }),
      }),
      responses: {
        200: { description: 'One page.', content: { 'application/json': { schema: pageShape(sessionShape) } } },
      },
      async handle({ grant, query }) {
        const page = await sessions.list({ userId: grant.userId, ...query });
        return { status: 200, body: toPageShape(page, toSessionShape) };
      },
    }),

    create: endpoint({
      summary: 'Start a session',
      tag,
      body: z.strictObject({ title: title.nullish() }).optional(),
      responses: { 201: { description: 'Started.', content: oneSession } },
      async handle({ grant, body }) {
        const session = await sessions.create({
          userId: grant.userId,
          platform: 'web',
          space: origins.toSpace(grant.origin),
          title: body?.title ?? undefined,
        });
        return { status: 201, body: toSessionShape(session) };
      },
    }),

    deleteAll: endpoint({
      summary: 'Delete all my sessions with their messages',
      tag,
      responses: deleted,
      async handle({ grant }) {
        await sessions.deleteAll({ userId: grant.userId });
        return { status: 204 };
      },
    }),

    get: endpoint({
      summary: 'One session',
      tag,
      params,
      responses: { 200: { description: 'The session.', content: oneSession } },
      errors: ['session_not_found'],
      async handle({ grant, params }) {
        const session = await sessions.get({ userId: grant.userId, sessionId: params.session_id });
        return { status: 200, body: toSessionShape(session) };
      },
    }),

    rename: endpoint({
      summary: 'Rename a session',
      tag,
      params,
      body: z.strictObject({ title }),
      responses: { 200: { description: 'Renamed.', content: oneSession } },
      errors: ['session_not_found'],
      async handle({ grant, params, body }) {
        const session = await sessions.rename({
          userId: grant.userId,
          sessionId: params.session_id,
          title: body.title,
        });
        return { status: 200, body: toSessionShape(session) };
      },
    }),

    delete: endpoint({
      summary: 'Delete a session with its messages',
      tag,
      params,
      responses: deleted,
      errors: ['session_not_found'],
      async handle({ grant, params }) {
        await sessions.delete({ userId: grant.userId, sessionId: params.session_id });
        return { status: 204 };
      },
    }),
  };
}
