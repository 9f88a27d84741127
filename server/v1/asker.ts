import type { UsedKey } from '../../core/api-keys/key-caps.ts';
import { AppError } from '../../core/errors.ts';
import type { AccessGrant } from '../../core/users/access-tokens.ts';
import type { RateLimits } from '../rate-limits.ts';
import { toUsedKey } from '../used-key.ts';

export interface Asker {
  userId: string;
  apiKey: UsedKey | undefined;
}

/**
 * Who asks at `/v1`, and pays: the owner of an API key, or somebody who is logged in. A visitor's token is in every
 * page with a widget, and must not open a language model to whoever reads it there.
 * @throws AppError `unauthorized`, `model_unknown` for one that the key may not use, `rate_limited`
 */
export async function admitAsker(
  grant: AccessGrant,
  { model, rateLimits }: { model: string | null; rateLimits: RateLimits },
): Promise<Asker> {
  const { userId, loginId, apiKey } = grant;
  if (apiKey === undefined && loginId === undefined) {
    throw new AppError(
      'unauthorized',
      'Send an API key as "Authorization: Bearer pk_…". People who are logged in make them.',
    );
  }
  if (model !== null && apiKey?.models && !apiKey.models.includes(model)) throw unknownModel(model);
  await rateLimits.countKeyRequest(apiKey?.id ?? userId);
  return { userId, apiKey: toUsedKey(grant) };
}

export function unknownModel(model: string): AppError {
  return new AppError(
    'model_unknown',
    `The model ${JSON.stringify(model)} does not exist or you do not have access to it. GET /v1/models lists those you have.`,
    { field: 'model' },
  );
}
