import type { Request } from 'express';
import type { LoginPlace } from '../core/logins/logins.ts';
import { toNetwork } from './rate-limits.ts';

/** What the list of logins will say about this one. */
export function toLoginPlace(req: Request): LoginPlace & { network: string } {
  return { userAgent: req.headers['user-agent'] ?? null, network: toNetwork(req.ip ?? '') };
}
