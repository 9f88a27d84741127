import { z } from 'zod';
import type { Profile } from '../../core/accounts/accounts-repository.ts';
import { uuid } from './text.ts';

export const profileShape = z
  .object({
    id: uuid,
    username: z.string().nullable().meta({ description: 'null for who has no password here.' }),
    display_name: z.string(),
    email: z.string().nullable(),
  })
  .meta({ id: 'Profile', description: 'A person, as they see themselves.' });

export function toProfileShape({ id, username, displayName, email }: Profile): z.input<typeof profileShape> {
  return { id, username, display_name: displayName, email };
}
