import { z } from 'zod';
import type { ProviderKey, ProviderKeys } from '../../core/provider-keys/provider-keys.ts';
import { endpoint } from '../endpoint.ts';
import type { RateLimits } from '../rate-limits.ts';
import { timestamp } from '../shapes/text.ts';

const tag = 'Own model key';

const keyShape = z
  .object({
    provider: z.string().meta({ examples: ['openai', 'openrouter', 'models.example.com'] }),
    last4: z.string().meta({ description: 'Its last four characters.' }),
    base_url: z.string().nullable().meta({ description: "Null for this assistant's own provider." }),
    model: z.string().optional().meta({ description: 'Only where one was chosen.' }),
    updated_at: timestamp,
  })
  .meta({ id: 'ProviderKey', description: 'What is shown of an own model key.' });

/** Goes into a header as it is. */
const apiKey = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]{1,1000}$/, 'must be a key as the provider shows it: 1 to 1000 letters, digits and signs')
  .meta({ description: 'Never shown again.', examples: ['sk-…'] });

const newKeyShape = z
  .strictObject({
    api_key: apiKey,
    base_url: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .max(500, 'must have at most 500 characters')
      .nullish()
      .meta({
        description:
          "A public server with OpenAI's interface, by https. Without one it is this assistant's own provider.",
        examples: ['https://openrouter.ai/api/v1'],
      }),
    model: z
      .string()
      .trim()
      .regex(/^[\x21-\x7e]{1,200}$/, 'must be the name of a model: 1 to 200 letters, digits and signs')
      .nullish()
      .meta({ description: "Which of the provider's models; without one the same as everybody's." }),
  })
  .meta({ id: 'NewProviderKey' });

export interface ProviderKeyEndpointsOptions {
  providerKeys: ProviderKeys;
  rateLimits: Pick<RateLimits, 'countKeyCheck'>;
}

export function createProviderKeyEndpoints({ providerKeys, rateLimits }: ProviderKeyEndpointsOptions) {
  return {
    get: endpoint({
      summary: 'My own model key',
      tag,
      responses: {
        200: { description: 'All that is shown of it.', content: { 'application/json': { schema: keyShape } } },
      },
      errors: ['not_found'],
      async handle({ grant }) {
        return { status: 200, body: toKeyShape(await providerKeys.get(grant.userId)) };
      },
    }),

    put: endpoint({
      summary: 'Save my own model key',
      description:
        'It is tried out first, and then pays for my answers on every platform. It takes the place of the one before.',
      tag,
      body: newKeyShape,
      responses: { 200: { description: 'It works.', content: { 'application/json': { schema: keyShape } } } },
      errors: ['provider_key_rejected', 'provider_rate_limited', 'provider_unavailable'],
      async handle({ grant, body }) {
        await rateLimits.countKeyCheck(grant.userId);
        const { api_key, base_url, model } = body;
        const key = await providerKeys.put(grant.userId, {
          apiKey: api_key,
          baseUrl: base_url ?? null,
          model: model ?? null,
        });
        return { status: 200, body: toKeyShape(key) };
      },
    }),

    remove: endpoint({
      summary: 'Remove my own model key',
      tag,
      responses: { 204: { description: 'Removed; answers go without it from now on.' } },
      errors: ['not_found'],
      async handle({ grant }) {
        await providerKeys.remove(grant.userId);
        return { status: 204 };
      },
    }),
  };
}

function toKeyShape(key: ProviderKey): z.input<typeof keyShape> {
  return {
    provider: key.provider,
    last4: key.last4,
    base_url: key.baseUrl,
    ...(key.model !== null && { model: key.model }),
    updated_at: key.updatedAt.toISOString(),
  };
}
