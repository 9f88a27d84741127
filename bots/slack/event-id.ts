import { createHash, randomUUID } from 'node:crypto';

/**
 * An id for what Slack gives none: the same for what is delivered again, another one for what people do again. A
 * trigger alone would do at Slack; the rest is for servers that use one more than once, or none.
 */
export function toEventId(kind: string, trigger: string | undefined, ...rest: unknown[]): string {
  const told = JSON.stringify([trigger ?? randomUUID(), ...rest]);
  return `${kind}:${createHash('sha256').update(told).digest('base64url')}`;
}
