import type { UsedKey } from '../core/api-keys/key-caps.ts';
import type { AccessGrant } from '../core/users/access-tokens.ts';

/** The key that pays for what is asked with it; undefined for somebody who came without one. */
export function toUsedKey({ apiKey }: AccessGrant): UsedKey | undefined {
  return apiKey && { id: apiKey.id, isCapped: apiKey.monthlyCapMicros !== null };
}
