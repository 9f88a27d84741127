import type { Knex } from 'knex';
import pg from 'pg';
import type { Logger } from '../ports/logger.ts';

interface TurnSignalHandlers {
  /** A turn in this session has ended, and the next in line may be ours. */
  onNext(sessionId: string): void;
  /** Somebody wants this turn to end; it may run here. */
  onStop(turnId: string): void;
}

export interface TurnSignals {
  /** Hears what any process sends on another channel by `pg_notify`; called before `start()`. */
  subscribe(channel: string, handler: (payload: string) => void): void;
  start(handlers: TurnSignalHandlers): Promise<void>;
  sendStop(turnId: string): Promise<void>;
  stop(): Promise<void>;
}

const RECONNECT_MS = 1000;

/**
 * Wakes other processes through PostgreSQL's NOTIFY, on a connection of its own. A missed signal costs a second,
 * not a message: the sweep over the leases finds the same turns.
 */
export function createTurnSignals({
  db,
  databaseUrl,
  logger,
}: {
  db: Knex;
  databaseUrl: string;
  logger: Logger;
}): TurnSignals {
  let client: pg.Client | null = null;
  const subscribers = new Map<string, (payload: string) => void>();
  let isStopped = false;
  let retry: NodeJS.Timeout | null = null;

  async function listen(handlers: TurnSignalHandlers): Promise<void> {
    const connection = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'parley-signals',
      keepAlive: true,
    });
    connection.on('notification', ({ channel, payload }) => {
      if (channel === 'parley_turn_next' && payload) handlers.onNext(payload);
      if (channel === 'parley_turn_stop' && payload) handlers.onStop(payload);
      if (payload !== undefined) subscribers.get(channel)?.(payload);
    });
    connection.on('error', () => {});
    connection.on('end', () => {
      client = null;
      if (!isStopped) retry = setTimeout(() => void listenAgain(handlers), RECONNECT_MS);
    });
    await connection.connect();
    const channels = ['parley_turn_next', 'parley_turn_stop', ...subscribers.keys()];
    await connection.query(channels.map((channel) => `listen ${connection.escapeIdentifier(channel)}`).join('; '));
    client = connection;
  }

  async function listenAgain(handlers: TurnSignalHandlers): Promise<void> {
    await listen(handlers).catch((error) => logger.warn({ err: error }, 'lost the line to the database; trying again'));
  }

  return {
    subscribe(channel, handler) {
      subscribers.set(channel, handler);
    },
    start: listen,
    async sendStop(turnId) {
      await db.raw(`select pg_notify('parley_turn_stop', ?)`, [turnId]);
    },
    async stop() {
      isStopped = true;
      if (retry) clearTimeout(retry);
      await client?.end();
    },
  };
}
