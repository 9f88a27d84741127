import { setTimeout as sleep } from 'node:timers/promises';
import { LEASE_SECONDS } from '../core/db/lease.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { Parts } from './open-parts.ts';

/**
 * Brings all documents up to date. A source that a killed process was at work on is held by it for some seconds more:
 * it is looked at again then, instead of at the next sync by the clock.
 */
export async function syncAtStart(
  knowledge: Parts['knowledge'],
  { signal, logger }: { signal: AbortSignal; logger: Logger },
): Promise<void> {
  try {
    const { sources } = await knowledge.sync({ signal });
    const busy = sources.filter(({ state }) => state === 'busy');
    if (busy.length === 0) return;
    await sleep((LEASE_SECONDS + 1) * 1000, null, { ref: false, signal });
    for (const { source } of busy) await knowledge.sync({ sourceId: source.id, signal });
  } catch (error) {
    if (!signal.aborted) logger.warn({ err: error }, 'documents could not be brought up to date');
  }
}
