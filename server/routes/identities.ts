import { z } from 'zod';
import type { Identities, Identity } from '../../core/identities/identities.ts';
import { endpoint } from '../endpoint.ts';
import { timestamp, uuid } from '../shapes/text.ts';

const tag = 'Linked accounts';
const identityShape = z
  .object({
    id: uuid,
    platform: z.string().meta({ examples: ['github', 'discord'] }),
    display_name: z.string(),
    email: z.string().nullable(),
    picture_url: z.string().nullable(),
    profile_url: z.string().nullable(),
    needs_sign_in: z.boolean().meta({ description: 'Its provider wants a new sign-in before it tells us anything.' }),
    created_at: timestamp,
  })
  .meta({ id: 'Identity', description: 'Who I am elsewhere.' });

export function createIdentityEndpoints({ identities }: { identities: Identities }) {
  return {
    list: endpoint({
      summary: 'My linked accounts, oldest first',
      tag,
      responses: {
        200: {
          description: 'All of them; there is no second page.',
          content: {
            'application/json': { schema: z.object({ items: z.array(identityShape), next_cursor: z.null() }) },
          },
        },
      },
      async handle({ grant }) {
        const items = (await identities.list(grant.userId)).map(toIdentityShape);
        return { status: 200, body: { items, next_cursor: null } };
      },
    }),

    unlink: endpoint({
      summary: 'Unlink an account',
      description: 'What was said there stays. The last way to sign in cannot be removed.',
      tag,
      params: z.object({ identity_id: uuid }),
      responses: { 204: { description: 'Unlinked.' } },
      errors: ['not_found', 'conflict'],
      async handle({ grant, params }) {
        await identities.unlink({ userId: grant.userId, identityId: params.identity_id });
        return { status: 204 };
      },
    }),
  };
}

function toIdentityShape(identity: Identity): z.input<typeof identityShape> {
  return {
    id: identity.id,
    platform: identity.platform,
    display_name: identity.displayName,
    email: identity.email,
    picture_url: identity.pictureUrl,
    profile_url: identity.profileUrl,
    needs_sign_in: identity.needsSignIn,
    created_at: identity.createdAt.toISOString(),
  };
}
