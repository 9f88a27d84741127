import { z } from 'zod';
import type { Logins } from '../../core/logins/logins.ts';
import { endpoint } from '../endpoint.ts';
import { loginShape, toLoginShape } from '../shapes/login.ts';
import { uuid } from '../shapes/text.ts';

const tag = 'Login';

export function createLoginEndpoints({ logins }: { logins: Logins }) {
  return {
    list: endpoint({
      summary: 'Where I am logged in, most recently used first',
      tag,
      responses: {
        200: {
          description: 'All of them; there is no second page.',
          content: { 'application/json': { schema: z.object({ items: z.array(loginShape), next_cursor: z.null() }) } },
        },
      },
      async handle({ grant }) {
        const items = (await logins.list(grant.userId)).map((login) => toLoginShape(login, grant.loginId));
        return { status: 200, body: { items, next_cursor: null } };
      },
    }),

    end: endpoint({
      summary: 'Log out somewhere',
      tag,
      params: z.object({ login_id: uuid }),
      responses: { 204: { description: 'Logged out there.' } },
      errors: ['not_found'],
      async handle({ grant, params }) {
        await logins.end({ userId: grant.userId, loginId: params.login_id });
        return { status: 204 };
      },
    }),

    endOthers: endpoint({
      summary: 'Log out everywhere else',
      tag,
      responses: { 204: { description: 'Logged out everywhere but here.' } },
      async handle({ grant }) {
        await logins.endAll({ userId: grant.userId, exceptLoginId: grant.loginId });
        return { status: 204 };
      },
    }),
  };
}
