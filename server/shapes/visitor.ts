import { z } from 'zod';
import type { IssuedToken } from '../../core/users/access-tokens.ts';
import type { User } from '../../core/users/user.ts';
import { profileShape } from './profile.ts';
import { timestamp } from './text.ts';

export const visitorShape = z
  .object({
    access_token: z.string().meta({ description: 'Send it as: Authorization: Bearer <access_token>.' }),
    expires_at: timestamp,
    user: profileShape,
  })
  .meta({ id: 'Visitor', description: 'A token and the person it speaks for.' });

export function toVisitorShape(
  user: User & { email: string | null },
  issued: IssuedToken,
): z.input<typeof visitorShape> {
  return {
    access_token: issued.token,
    expires_at: issued.expiresAt.toISOString(),
    user: { id: user.id, username: null, display_name: user.displayName, email: user.email },
  };
}
