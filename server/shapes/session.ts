import { z } from 'zod';
import type { Session } from '../../core/sessions/session.ts';
import { PLATFORMS } from '../../core/users/platform.ts';
import { timestamp, uuid } from './text.ts';

export const sessionShape = z
  .object({
    id: uuid,
    title: z.string(),
    platform: z.enum(PLATFORMS),
    created_at: timestamp,
    updated_at: timestamp,
    message_count: z.int().min(0),
  })
  .meta({ id: 'Session', description: 'One running conversation.' });

export function toSessionShape(session: Session): z.input<typeof sessionShape> {
  return {
    id: session.id,
    title: session.title,
    platform: session.platform,
    created_at: session.createdAt.toISOString(),
    updated_at: session.updatedAt.toISOString(),
    message_count: session.messageCount,
  };
}
