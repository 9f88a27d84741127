import { z } from 'zod';
import type { Links } from '../../core/links/links.ts';
import { endpoint } from '../endpoint.ts';
import { timestamp } from '../shapes/text.ts';

const linkShape = z
  .object({
    url: z.url().meta({ description: 'Works once, for whoever is logged in and agrees.' }),
    expires_at: timestamp,
  })
  .meta({ id: 'Link', description: 'A one-time address that links me with whoever opens it.' });

export function createLinkEndpoints({ links }: { links: Pick<Links, 'create'> }) {
  return {
    create: endpoint({
      summary: 'Ask for a one-time address that links me with an account',
      description:
        'Show it to nobody but the person this token speaks for: who opens it, logs in and agrees takes over their chats. It works once, for 10 minutes; asking again voids the one before.',
      tag: 'Linked accounts',
      responses: { 201: { description: 'The address.', content: { 'application/json': { schema: linkShape } } } },
      async handle({ grant }) {
        const { url, expiresAt } = await links.create({ userId: grant.userId });
        return { status: 201, body: { url, expires_at: expiresAt.toISOString() } };
      },
    }),
  };
}
