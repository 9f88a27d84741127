import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../ports/logger.ts';
import type { DatabaseAddress } from './database-address.ts';
import { createClient } from './server-facts.ts';

type Listener = (payload: string) => void;

export interface Notifications {
  /**
   * Hears what any process sends on a channel by `pg_notify`.
   * @param onGap called whenever something may have been missed: after each time the line came (back), and once a second
   *   while there is none
   */
  subscribe(channel: string, listener: Listener, onGap?: () => void): void;
  /** Resolves when the first attempt to listen is over, whether or not it worked. Each `open` needs a `close`. */
  open(): Promise<void>;
  close(): Promise<void>;
}

const RECONNECT_MS = 1000;
/** A line that was cut without a word is found out by asking it something, and one that is asked is not idle. */
const ASK_MS = 20_000;
const ANSWER_MS = 10_000;
/** How late news can be without a line. */
const POLL_MS = 1000;

/**
 * What other processes say through PostgreSQL's NOTIFY, heard on one connection outside the pool, which a pooler must
 * not lend to anybody else. Without such a connection those who wait for news look for themselves, once a second.
 * @param options.address null where no connection stays the same
 */
export function createNotifications(options: { address: DatabaseAddress | null; logger: Logger }): Notifications {
  const { address, logger } = options;
  const listeners = new Map<string, Listener[]>();
  const gaps: (() => void)[] = [];
  let line: pg.Client | null = null;
  let users = 0;
  let reconnect: NodeJS.Timeout | undefined;
  let poll: NodeJS.Timeout | undefined;
  let isWarned = false;

  const look = () => {
    for (const each of gaps) each();
  };

  async function connect(to: DatabaseAddress): Promise<void> {
    const next = createClient(to, 'parley-signals');
    let isLost = false;
    let asking: NodeJS.Timeout | undefined;
    const onLost = (error?: Error) => {
      if (isLost) return;
      isLost = true;
      clearInterval(asking);
      if (line === next) line = null;
      next.end().catch(() => {});
      if (users === 0) return;
      if (!isWarned)
        logger.warn({ err: error }, 'no line for signals from the database; looking once a second instead');
      isWarned = true;
      clearTimeout(reconnect);
      reconnect = setTimeout(() => void connect(to), RECONNECT_MS);
      reconnect.unref();
    };
    next.on('error', onLost);
    next.on('end', () => onLost());
    next.on('notification', ({ channel, payload = '' }) => {
      for (const listener of listeners.get(channel) ?? []) listener(payload);
    });
    try {
      await next.connect();
      if (listeners.size > 0) await next.query([...listeners.keys()].map(toListen).join('; '));
    } catch (error) {
      onLost(error instanceof Error ? error : undefined);
      return;
    }
    if (users === 0) {
      await next.end();
      return;
    }
    line = next;
    asking = setInterval(() => void ask(next).catch(onLost), ASK_MS);
    asking.unref();
    if (isWarned) logger.info({}, 'signals from the database are heard again');
    isWarned = false;
    look();
  }

  return {
    subscribe(channel, listener, onGap) {
      if (onGap) gaps.push(onGap);
      const known = listeners.get(channel);
      listeners.set(channel, [...(known ?? []), listener]);
      // A line that breaks just now listens to all of them when it comes back.
      if (!known) line?.query(toListen(channel)).catch(() => {});
    },
    async open() {
      users += 1;
      if (users > 1) return;
      poll = setInterval(() => line ?? look(), POLL_MS);
      poll.unref();
      if (address) await connect(address);
    },

    async close() {
      users = Math.max(0, users - 1);
      if (users > 0) return;
      clearInterval(poll);
      clearTimeout(reconnect);
      await line?.end();
    },
  };
}

async function ask(line: pg.Client): Promise<void> {
  const silence = new AbortController();
  const tooLong = sleep(ANSWER_MS, null, { ref: false, signal: silence.signal }).then(() =>
    Promise.reject(new Error('the line for signals is silent')),
  );
  try {
    await Promise.race([line.query('select 1'), tooLong]);
  } finally {
    silence.abort();
    tooLong.catch(() => {});
  }
}

function toListen(channel: string): string {
  return `listen ${pg.escapeIdentifier(channel)}`;
}
