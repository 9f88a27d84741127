import { z } from 'zod';
import type { Profile } from '../../core/accounts/accounts-repository.ts';
import type { Login } from '../../core/logins/logins-repository.ts';
import type { IssuedToken } from '../../core/users/access-tokens.ts';
import { profileShape, toProfileShape } from './profile.ts';
import { timestamp, uuid } from './text.ts';

export const loginTokensShape = z
  .object({
    access_token: z.string().meta({ description: 'Send it as: Authorization: Bearer <access_token>.' }),
    expires_at: timestamp,
    refresh_token: z.string().meta({ description: 'Gives the next pair at POST /api/auth/refresh, once.' }),
    user: profileShape,
  })
  .meta({ id: 'LoginTokens', description: 'What a login is used and renewed with.' });

export const loginShape = z
  .object({
    id: uuid,
    is_current: z.boolean().meta({ description: 'Whether this request was made with it.' }),
    user_agent: z.string().nullable(),
    network: z.string().nullable(),
    created_at: timestamp,
    last_used_at: timestamp,
    expires_at: timestamp,
  })
  .meta({ id: 'Login', description: 'A place where I am logged in.' });

export function toLoginTokensShape(
  profile: Profile,
  { issued, refreshToken }: { issued: IssuedToken; refreshToken: string },
): z.input<typeof loginTokensShape> {
  return {
    access_token: issued.token,
    expires_at: issued.expiresAt.toISOString(),
    refresh_token: refreshToken,
    user: toProfileShape(profile),
  };
}

export function toLoginShape(login: Login, currentId: string | undefined): z.input<typeof loginShape> {
  return {
    id: login.id,
    is_current: login.id === currentId,
    user_agent: login.userAgent,
    network: login.network,
    created_at: login.createdAt.toISOString(),
    last_used_at: login.lastUsedAt.toISOString(),
    expires_at: login.expiresAt.toISOString(),
  };
}
