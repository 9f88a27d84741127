import {
  type AuthorizeSourceData,
  App as BoltApp,
  type Logger as BoltLogger,
  ExpressReceiver,
  type LogLevel,
  SocketModeReceiver,
} from '@slack/bolt';
import type { Router } from 'express';
import type { Knex } from 'knex';
import type { App } from '../../core/app.ts';
import type { Encryption } from '../../core/encryption/encryption.ts';
import type { BotState } from '../../core/ports/bot-state.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { createCallBudget } from './call-budget.ts';
import { createChannelSharing } from './channel-sharing.ts';
import { createGatedReceiver } from './gated-receiver.ts';
import { createInstallations } from './installations.ts';
import { registerInteractions } from './interactions.ts';
import { BOT_SCOPES } from './manifest.ts';
import { createNames } from './names.ts';
import { createThreadReader } from './overhear-thread.ts';
import { createPeople } from './people.ts';
import { createQuestionIntake } from './question-intake.ts';
import { clientOptions, createSlackApis, reasonOf } from './slack-api.ts';
import { registerEvents } from './slack-events.ts';
import { createSlackRequestsRepository } from './slack-requests-repository.ts';
import type { SlackSettings } from './slack-settings.ts';
import { createSocketConnection, type SocketClient, WRONG_TOKEN } from './socket-connection.ts';
import { createWorkspaces } from './workspaces.ts';

export interface SlackBotOptions {
  app: App;
  db: Knex;
  settings: SlackSettings;
  encryption: Encryption;
  /** Signs the state of an installation; the same in all processes. */
  stateSecret: string;
  assistantName: string;
  publicUrl: string;
  clock: Clock;
  logger: Logger;
  leaseMs?: number;
  /** How long the minute of Slack's published rates is; shorter only in tests. */
  minuteMs?: number;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * The assistant in Slack. `router` receives events over HTTP and installations by OAuth; it is to be mounted before
 * anything that reads request bodies, because Slack signs them as they are. Null when neither is used.
 */
export function createSlackBot(options: SlackBotOptions) {
  const { app, db, settings, encryption, assistantName, clock } = options;
  const logger = options.logger.child({ part: 'slack' });
  let current: BotState = { state: 'off', detail: 'not started' };
  let timer: NodeJS.Timeout | null = null;
  let isStopping = false;

  const installations = settings.clientId ? createInstallations({ db, encryption }) : null;
  const http = createHttpReceiver();
  const apis = createSlackApis({
    apiUrl: settings.apiUrl,
    budget: createCallBudget({ db, minuteMs: options.minuteMs }),
    logger,
  });
  const installer = http?.installer;
  const workspaces = createWorkspaces({
    apis,
    botToken: settings.botToken,
    findInstalled: installer
      ? (teamId) => installer.authorize({ teamId, enterpriseId: undefined, isEnterpriseInstall: false })
      : null,
  });
  const requests = createSlackRequestsRepository(db);
  const people = createPeople({ clock });
  const names = createNames({ people, clock });
  app.overhearing.register('slack', createThreadReader({ app, workspaces, names, assistantName, logger }));
  const intake = createQuestionIntake({
    app,
    requests,
    workspaces,
    encryption,
    people,
    names,
    findSharing: createChannelSharing({ clock }),
    assistantName,
    apiUrl: settings.apiUrl,
    logger,
    leaseMs: options.leaseMs,
  });

  const socket = settings.appToken === undefined ? null : createSocketReceiver(settings.appToken);
  const bolt = new BoltApp({
    receiver: createGatedReceiver(socket ?? http ?? { init: () => {} }),
    authorize: async ({ teamId }: AuthorizeSourceData<boolean>) => {
      const { token, botId, botUserId } = await workspaces.find(teamId ?? '');
      return { botToken: token, botId, botUserId, teamId };
    },
    convoStore: false,
    logger: toBoltLogger(logger),
    clientOptions: clientOptions(settings.apiUrl),
  });
  bolt.error(async (error) => {
    // Not acknowledged: Slack delivers it again.
    logger.error({ err: error }, 'an event from Slack could not be recorded');
    throw error;
  });
  registerEvents({ bolt, app, intake, requests, workspaces, installations, logger });
  registerInteractions({ bolt, app, intake, workspaces, people, encryption, assistantName, logger });

  const connection = socket
    ? createSocketConnection({ client: socket.client as unknown as SocketClient, logger, onChange: setState })
    : null;

  function createHttpReceiver(): ExpressReceiver | null {
    const { appToken, signingSecret, clientId, clientSecret } = settings;
    const hearsByHttp = appToken === undefined && signingSecret !== undefined;
    if (!hearsByHttp && !installations) return null;
    return new ExpressReceiver({
      signingSecret: signingSecret ?? 'no events are received here',
      endpoints: hearsByHttp ? { events: '/slack/events' } : {},
      logger: toBoltLogger(logger),
      ...(installations &&
        clientId &&
        clientSecret && {
          clientId,
          clientSecret,
          stateSecret: options.stateSecret,
          installationStore: installations,
          scopes: BOT_SCOPES,
          redirectUri: `${options.publicUrl}/slack/oauth_redirect`,
          installerOptions: {
            directInstall: true,
            redirectUriPath: '/slack/oauth_redirect',
            clientOptions: clientOptions(settings.apiUrl),
            ...(settings.authorizeUrl && { authorizationUrl: settings.authorizeUrl }),
          },
        }),
    });
  }

  function createSocketReceiver(appToken: string): SocketModeReceiver {
    return new SocketModeReceiver({
      appToken,
      logger: toBoltLogger(logger),
      autoReconnectEnabled: false,
      installerOptions: { clientOptions: clientOptions(settings.apiUrl) },
    });
  }

  function setState(state: BotState['state'], detail: string): void {
    current = { state, detail };
    if (state === 'connected') logger.info({ detail }, 'Slack is on');
  }

  /** Finds out whether the bot token is right; what is wrong with it is said once, in words. */
  async function connect(failures = 0): Promise<void> {
    timer = null;
    try {
      await workspaces.identify();
    } catch (error) {
      const reason = reasonOf(error);
      if (WRONG_TOKEN.has(reason)) {
        setState('failed', `Slack refused SLACK_BOT_TOKEN (${reason})`);
        logger.error({ reason }, 'Slack is off: it refused SLACK_BOT_TOKEN');
        return;
      }
      logger.warn({ reason }, 'Slack cannot be reached; trying again');
      setState('connecting', 'Slack cannot be reached; trying again');
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
      if (!isStopping) timer = setTimeout(() => void connect(failures + 1), pauseMs);
      return;
    }
    if (isStopping) return;
    intake.start();
    if (connection) await connection.start();
    else setState('connected', 'receiving events at /slack/events');
  }

  return {
    router: (http?.router ?? null) as Router | null,

    /** Resolves when the first try to connect has ended, either way; never rejects. */
    async start(): Promise<void> {
      setState('connecting', 'starting');
      await connect();
    },

    /** Hears no more, lets answers end for so long, then leaves the rest to another process. */
    async stop({ drainMs = 0 }: { drainMs?: number } = {}): Promise<void> {
      isStopping = true;
      if (timer) clearTimeout(timer);
      await connection?.stop();
      await intake.stop({ drainMs });
      setState('off', 'stopped');
    },

    state: (): BotState => current,
  };
}

/** Bolt's warnings and errors in our log; what it says besides may hold what people wrote. */
function toBoltLogger(logger: Logger): BoltLogger {
  const text = (parts: unknown[]) =>
    parts
      .map((part) => (part instanceof Error ? part.message : typeof part === 'string' ? part : ''))
      .join(' ')
      .trim();
  return {
    debug: () => {},
    info: () => {},
    warn: (...parts: unknown[]) => logger.warn({}, text(parts)),
    error: (...parts: unknown[]) => logger.warn({}, text(parts)),
    setLevel: () => {},
    getLevel: () => 'warn' as LogLevel,
    setName: () => {},
  };
}
