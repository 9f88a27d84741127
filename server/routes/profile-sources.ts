import { z } from 'zod';
import { PROFILE_PROVIDERS } from '../../core/ports/profile-reader.ts';
import type { ProfileSources, ProfileSwitch } from '../../core/profile-sources/profile-sources.ts';
import { endpoint } from '../endpoint.ts';
import { timestamp } from '../shapes/text.ts';

const tag = 'Linked accounts';
const provider = z.enum(PROFILE_PROVIDERS);
const switchShape = z
  .object({
    provider,
    reads: z.string().meta({ description: 'What is read while it is on, for whoever is asked to consent.' }),
    is_linked: z.boolean().meta({ description: 'Only a linked account can be switched on.' }),
    is_on: z.boolean(),
    last_synced_at: timestamp.nullable().meta({ description: 'Null until it was read for the first time.' }),
    error: z.string().nullable().meta({ description: 'Why it could not be read last time, and what to do.' }),
  })
  .meta({ id: 'ProfileSource', description: 'Whether what a linked account tells of me may answer my questions.' });
const authorizeUrl = z
  .string()
  .nullable()
  .meta({ description: 'Set when I have to allow it at the provider first: a path here to open in my browser.' });

export function createProfileSourceEndpoints({ profileSources }: { profileSources: ProfileSources }) {
  return {
    list: endpoint({
      summary: 'What my linked accounts may tell of me',
      description: 'All are off until I switch them on. What is read answers my own questions only, in private places.',
      tag,
      responses: {
        200: {
          description: 'One for each account that can be linked here; there is no second page.',
          content: {
            'application/json': { schema: z.object({ items: z.array(switchShape), next_cursor: z.null() }) },
          },
        },
      },
      async handle({ grant }) {
        const items = (await profileSources.list(grant.userId)).map(toSwitchShape);
        return { status: 200, body: { items, next_cursor: null } };
      },
    }),

    change: endpoint({
      summary: 'Let a linked account tell of me, or no longer',
      description: 'Switched on, it is read at once and then every few hours. Switched off, what was read is gone.',
      tag,
      params: z.object({ provider }),
      body: z.object({ is_on: z.boolean() }),
      responses: {
        200: {
          description: 'How it is now.',
          content: { 'application/json': { schema: switchShape.extend({ authorize_url: authorizeUrl }) } },
        },
      },
      errors: ['not_found', 'fetch_failed'],
      async handle({ grant: { userId }, params, body }) {
        const outcome = body.is_on
          ? await profileSources.turnOn(userId, params.provider)
          : await profileSources.turnOff(userId, params.provider);
        const now = (await profileSources.list(userId)).find((one) => one.provider === params.provider);
        const authorize_url = outcome === 'needs_consent' ? `/login/${params.provider}?consent=profile` : null;
        return { status: 200, body: { ...(now && toSwitchShape(now)), authorize_url } };
      },
    }),
  };
}

function toSwitchShape(profile: ProfileSwitch): z.input<typeof switchShape> {
  return {
    provider: profile.provider,
    reads: profile.reads,
    is_linked: profile.isLinked,
    is_on: profile.isOn,
    last_synced_at: profile.lastReadAt?.toISOString() ?? null,
    error: profile.lastError,
  };
}
