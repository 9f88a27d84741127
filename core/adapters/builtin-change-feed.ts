import type { Notifications } from '../db/notifications.ts';

const CHANNEL = 'parley_vector_points';
/** In case a notification was lost; without a line for them the gaps come more often. */
const POLL_MS = 15_000;

export interface ChangeFeed {
  /** Resolves when the first attempt to listen is over, whether or not it worked. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** To be run inside the database after a change, so that other processes hear of it. */
export const NOTIFY_OF_CHANGE = `select pg_notify('${CHANNEL}', '')`;

/**
 * Calls `onChange` whenever some process may have changed the points: on each notification, whenever one may have been
 * missed, and now and then in any case.
 */
export function createChangeFeed(options: { notifications: Notifications; onChange: () => void }): ChangeFeed {
  const { notifications, onChange } = options;
  let poll: NodeJS.Timeout | undefined;
  let isStarted = false;

  return {
    async start() {
      isStarted = true;
      poll = setInterval(onChange, POLL_MS);
      poll.unref();
      notifications.subscribe(CHANNEL, onChange, onChange);
      await notifications.open();
    },
    async stop() {
      clearInterval(poll);
      if (isStarted) await notifications.close();
      isStarted = false;
    },
  };
}
