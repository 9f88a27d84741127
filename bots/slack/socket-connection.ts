import type { BotState } from '../../core/ports/bot-state.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { reasonOf } from './slack-api.ts';

/** The parts of Bolt's Socket Mode client that we use. */
export interface SocketClient {
  start(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  on(event: 'connected' | 'disconnected' | 'close' | 'error', handler: (error?: unknown) => void): unknown;
}

/** Trying again would not help: somebody has to change the settings. */
export const WRONG_TOKEN = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'not_allowed_token_type',
  'user_removed_from_team',
  'team_disabled',
  'missing_scope',
]);
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

export interface SocketConnectionOptions {
  client: SocketClient;
  logger: Logger;
  onChange(state: BotState['state'], detail: string): void;
}

/**
 * Keeps a Socket Mode connection open. The library's own reconnecting is off: it waits five seconds after each of
 * Slack's regular refreshes, and a network that is away at that moment becomes an unhandled rejection, which would end
 * the whole process.
 */
export function createSocketConnection({ client, logger, onChange }: SocketConnectionOptions) {
  let isStopping = false;
  let timer: NodeJS.Timeout | null = null;
  let failures = 0;
  let isConnecting = false;

  client.on('connected', () => {
    failures = 0;
    onChange('connected', 'connected by Socket Mode');
  });
  client.on('disconnected', () => {
    if (!isConnecting) connectAgain();
  });

  async function connect(): Promise<void> {
    timer = null;
    isConnecting = true;
    onChange('connecting', 'connecting by Socket Mode');
    try {
      await client.start();
      isConnecting = false;
    } catch (error) {
      isConnecting = false;
      const reason = reasonOf(error);
      if (WRONG_TOKEN.has(reason)) {
        onChange('failed', `Slack refused SLACK_APP_TOKEN (${reason})`);
        logger.error({ reason }, 'Slack is off: it refused SLACK_APP_TOKEN');
        return;
      }
      logger.warn({ reason }, 'Slack cannot be reached; trying again');
      connectAgain();
    }
  }

  function connectAgain(): void {
    if (isStopping || timer) return;
    onChange('connecting', 'the connection was lost; connecting again');
    const pauseMs = failures === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
    failures += 1;
    timer = setTimeout(() => void connect(), pauseMs);
  }

  return {
    start: connect,
    async stop(): Promise<void> {
      isStopping = true;
      if (timer) clearTimeout(timer);
      await client.disconnect().catch(() => {});
      onChange('off', 'stopped');
    },
  };
}
