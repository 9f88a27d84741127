import { z } from 'zod';
import type { ApiKeySettings } from '../../core/api-keys/api-key.ts';
import type { ApiKeys } from '../../core/api-keys/api-keys.ts';
import { AppError } from '../../core/errors.ts';
import type { AccessGrant } from '../../core/users/access-tokens.ts';
import { MICROS_PER_CENT } from '../../core/wallet/money.ts';
import type { Wallets } from '../../core/wallet/wallets.ts';
import { endpoint } from '../endpoint.ts';
import { apiKeyShape, newApiKeyShape, toApiKeyShape, toNewApiKeyShape } from '../shapes/api-key.ts';
import { pageQuery, pageShape, toPageShape } from '../shapes/page.ts';
import { writtenText } from '../shapes/text.ts';

const tag = 'API keys';
const name = writtenText(64).meta({ description: 'Unique among my keys.' });
const params = z.object({ name });
/** Browsers and other clients take these out of an address, even when encoded: such a key could never be switched off. */
const newName = name
  .refine((text) => !/^\.{1,2}$/.test(text), 'must not be . or .., which no address can hold')
  .meta({ ...name.meta() });
const MOST_CENTS = 100_000_000;

const settings = {
  monthly_cap_cents: z
    .int('must be a whole number of cents, or null')
    .min(0, 'must not be below 0')
    .max(MOST_CENTS, `must be at most ${MOST_CENTS}`)
    .nullable()
    .optional()
    .meta({ description: 'Most it may spend in a calendar month (UTC).' }),
  expires_at: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2027-01-31T00:00:00Z, or null' })
    .nullable()
    .optional(),
  models: z
    .array(writtenText(200))
    .min(1, 'must name a model, or be null for all of them')
    .max(100, 'must have at most 100 models')
    .nullable()
    .optional()
    .meta({ description: 'Models it may use at /v1.' }),
};
const newKey = z.strictObject({ name: newName, ...settings });
const changes = z
  .strictObject({ is_active: z.boolean().optional(), ...settings })
  .refine((body) => Object.keys(body).length > 0, 'must change something: is_active, for example');

export function createApiKeyEndpoints({ apiKeys, wallets }: { apiKeys: ApiKeys; wallets: Pick<Wallets, 'open'> }) {
  return {
    list: endpoint({
      summary: 'My API keys, newest first',
      tag,
      query: pageQuery,
      responses: {
        200: { description: 'One page.', content: { 'application/json': { schema: pageShape(apiKeyShape) } } },
      },
      async handle({ grant, query }) {
        const page = await apiKeys.list({ userId: loggedIn(grant), ...query });
        const { balanceMicros } = await wallets.open(grant.userId);
        return { status: 200, body: toPageShape(page, (apiKey) => toApiKeyShape(apiKey, balanceMicros)) };
      },
    }),

    create: endpoint({
      summary: 'Make an API key',
      description:
        'The key is in this answer and nowhere else. A program sends it as a bearer token, to /v1 and to most of /api; it cannot manage keys, logins or linked accounts, nor erase its owner.',
      tag,
      body: newKey,
      responses: { 201: { description: 'Made.', content: { 'application/json': { schema: newApiKeyShape } } } },
      errors: ['conflict', 'balance_too_low'],
      async handle({ grant, body }) {
        const made = await apiKeys.create({ userId: loggedIn(grant), name: body.name, ...toSettings(body) });
        return { status: 201, body: toNewApiKeyShape(made) };
      },
    }),

    change: endpoint({
      summary: 'Switch an API key off or on, or change its limits',
      description: 'It takes effect everywhere within a second.',
      tag,
      params,
      body: changes,
      responses: { 200: { description: 'Changed.', content: { 'application/json': { schema: apiKeyShape } } } },
      errors: ['not_found', 'balance_too_low'],
      async handle({ grant, params, body }) {
        const changed = await apiKeys.change({ userId: loggedIn(grant), name: params.name }, toSettings(body));
        return { status: 200, body: toApiKeyShape(changed, (await wallets.open(grant.userId)).balanceMicros) };
      },
    }),

    delete: endpoint({
      summary: 'Delete an API key',
      description: 'It stops working everywhere within a second.',
      tag,
      params,
      responses: { 204: { description: 'Deleted.' } },
      errors: ['not_found'],
      async handle({ grant, params }) {
        await apiKeys.delete({ userId: loggedIn(grant), name: params.name });
        return { status: 204 };
      },
    }),
  };
}

function loggedIn(grant: AccessGrant): string {
  if (grant.loginId !== undefined) return grant.userId;
  throw new AppError('forbidden', 'API keys belong to people who are logged in. Register or log in first.');
}

function toSettings(body: z.output<typeof changes>): Partial<ApiKeySettings> {
  const { is_active, monthly_cap_cents: cents, expires_at, models } = body;
  return {
    ...(is_active !== undefined && { isActive: is_active }),
    ...(cents !== undefined && { monthlyCapMicros: cents === null ? null : cents * MICROS_PER_CENT }),
    ...(expires_at !== undefined && { expiresAt: expires_at === null ? null : new Date(expires_at) }),
    ...(models !== undefined && { models }),
  };
}
