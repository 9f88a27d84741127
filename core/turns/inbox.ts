import type { Knex } from 'knex';
import type { Platform } from '../users/platform.ts';

/** Remembers platform events that are no messages (buttons, joins); messages are recorded with their turn. */
export function createInbox({ db }: { db: Knex }) {
  return {
    /** @returns false when the platform has delivered this event before: it has been dealt with */
    async record(platform: Platform, eventId: string): Promise<boolean> {
      const rows = await db('inbox_events')
        .insert({ platform, event_id: eventId })
        .onConflict(['platform', 'event_id'])
        .ignore()
        .returning('event_id');
      return rows.length > 0;
    },
  };
}
