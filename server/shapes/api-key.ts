import { z } from 'zod';
import type { ApiKey } from '../../core/api-keys/api-key.ts';
import { MICROS_PER_CENT } from '../../core/wallet/money.ts';
import { timestamp } from './text.ts';

export const newApiKeyShape = z
  .object({
    name: z.string(),
    key: z.string().meta({ description: 'Shown here and never again.' }),
    prefix: z.string().meta({ description: 'The beginning of the key, to recognise it by.' }),
    is_active: z.boolean(),
    created_at: timestamp,
    expires_at: timestamp.nullable(),
    monthly_cap_cents: z.number().nullable(),
    models: z.array(z.string()).nullable(),
  })
  .meta({ id: 'NewApiKey', description: 'A key that has just been made.' });

export const apiKeyShape = newApiKeyShape
  .omit({ key: true })
  .extend({
    balance_cents: z.number().meta({ description: "What is in its owner's wallet." }),
    last_used_at: timestamp.nullable().meta({ description: 'To the minute.' }),
  })
  .meta({ id: 'ApiKey', description: 'A key of mine. The key itself is not kept.' });

function toCommonShape(apiKey: ApiKey) {
  return {
    name: apiKey.name,
    prefix: apiKey.prefix,
    is_active: apiKey.isActive,
    created_at: apiKey.createdAt.toISOString(),
    expires_at: apiKey.expiresAt?.toISOString() ?? null,
    monthly_cap_cents: apiKey.monthlyCapMicros === null ? null : apiKey.monthlyCapMicros / MICROS_PER_CENT,
    models: apiKey.models,
  };
}

export function toNewApiKeyShape({ apiKey, key }: { apiKey: ApiKey; key: string }): z.input<typeof newApiKeyShape> {
  return { ...toCommonShape(apiKey), key };
}

export function toApiKeyShape(apiKey: ApiKey, balanceMicros: number): z.input<typeof apiKeyShape> {
  return {
    ...toCommonShape(apiKey),
    balance_cents: Math.floor(balanceMicros / MICROS_PER_CENT),
    last_used_at: apiKey.lastUsedAt?.toISOString() ?? null,
  };
}
