import type { Knex } from 'knex';
import type { Notifications } from '../db/notifications.ts';
import type { Logger } from '../ports/logger.ts';

interface TurnSignalHandlers {
  /** A turn in this session has ended, and the next in line may be ours. */
  onNext(sessionId: string): void;
  /** Somebody wants this turn to end; it may run here. */
  onStop(turnId: string): void;
}

export interface TurnSignals {
  /** Hears what any process sends on another channel by `pg_notify`, and when something may have been missed. */
  subscribe: Notifications['subscribe'];
  start(handlers: TurnSignalHandlers): Promise<void>;
  sendStop(turnId: string): Promise<void>;
  stop(): Promise<void>;
}

/** Read again each time, because one that began earlier may be seen later. */
const READ_SECONDS = 30;
const KEPT_SECONDS = 600;

/**
 * Wakes other processes. A missed signal that a turn has ended costs a second, not a message: the sweep over the leases
 * finds the same turns. A wish to stop is kept as a row as well, for processes that no signal reaches.
 */
export function createTurnSignals({
  db,
  notifications,
  logger,
}: {
  db: Knex;
  notifications: Notifications;
  logger: Logger;
}): TurnSignals {
  let reading: Promise<void> | null = null;

  async function readStops({ onStop }: TurnSignalHandlers): Promise<void> {
    const { rows } = await db.raw(`select turn_id from turn_stops where created_at > now() - ? * interval '1 second'`, [
      READ_SECONDS,
    ]);
    for (const { turn_id } of rows as { turn_id: string }[]) onStop(turn_id);
  }

  return {
    subscribe: notifications.subscribe,

    async start(handlers) {
      notifications.subscribe('parley_turn_next', handlers.onNext);
      notifications.subscribe('parley_turn_stop', handlers.onStop, () => {
        reading ??= readStops(handlers)
          .catch((error) => logger.warn({ err: error }, 'wishes to stop could not be read; trying again'))
          .finally(() => {
            reading = null;
          });
      });
      await notifications.open();
    },

    async sendStop(turnId) {
      await db.raw(
        `with old as (delete from turn_stops where created_at < now() - ? * interval '1 second'),
           kept as (insert into turn_stops (turn_id) values (?))
         select pg_notify('parley_turn_stop', ?)`,
        [KEPT_SECONDS, turnId, turnId],
      );
    },

    async stop() {
      await notifications.close();
      await reading;
    },
  };
}
