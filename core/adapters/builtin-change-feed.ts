import pg from 'pg';
import type { Logger } from '../ports/logger.ts';

const CHANNEL = 'parley_vector_points';
const RECONNECT_MS = 2_000;
/** Some connection poolers swallow notifications; this is how late a change can then be. */
const POLL_MS = 15_000;

export interface ChangeFeed {
  /** Resolves when the first attempt to listen is over, whether or not it worked. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** To be run inside the database after a change, so that other processes hear of it. */
export const NOTIFY_OF_CHANGE = `select pg_notify('${CHANNEL}', '')`;

/**
 * Calls `onChange` whenever some process may have changed the points: on each notification, after every reconnect
 * (what was said meanwhile was missed), and now and then in any case. It listens on a connection of its own, because
 * one from the pool would not stay.
 */
export function createChangeFeed(options: { databaseUrl: string; onChange: () => void; logger: Logger }): ChangeFeed {
  let client: pg.Client | null = null;
  let reconnect: NodeJS.Timeout | undefined;
  let poll: NodeJS.Timeout | undefined;
  let stopped = false;

  async function listen(): Promise<void> {
    const next = new pg.Client({ connectionString: options.databaseUrl, application_name: 'parley-index' });
    let lost = false;
    const onLost = (error?: Error) => {
      if (lost) return;
      lost = true;
      if (error) options.logger.warn({ err: error }, 'lost the connection that tells of changed documents');
      if (client === next) client = null;
      next.end().catch(() => {});
      scheduleReconnect();
    };
    next.on('error', onLost);
    next.on('end', () => onLost());
    next.on('notification', () => options.onChange());
    try {
      await next.connect();
      await next.query(`listen ${CHANNEL}`);
    } catch (error) {
      onLost(error instanceof Error ? error : undefined);
      return;
    }
    if (stopped) {
      await next.end();
      return;
    }
    client = next;
    options.onChange();
  }

  function scheduleReconnect(): void {
    if (stopped) return;
    clearTimeout(reconnect);
    reconnect = setTimeout(() => void listen(), RECONNECT_MS);
    reconnect.unref();
  }

  return {
    async start() {
      poll = setInterval(options.onChange, POLL_MS);
      poll.unref();
      await listen();
    },
    async stop() {
      stopped = true;
      clearTimeout(reconnect);
      clearInterval(poll);
      await client?.end();
    },
  };
}
