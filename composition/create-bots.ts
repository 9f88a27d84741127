import type { RequestHandler } from 'express';
import { isSlackOn, type SlackSettings } from '../bots/slack/slack-settings.ts';
import type { Config } from '../config.ts';
import type { App } from '../core/app.ts';
import type { Encryption } from '../core/encryption/encryption.ts';
import type { BotReport, BotState } from '../core/ports/bot-state.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { Platform } from '../core/users/platform.ts';
import type { Parts } from './open-parts.ts';

export interface Bot {
  /** Resolves when the first try to connect has ended; never rejects: a bot's trouble is its own. */
  start(): Promise<void>;
  stop(options: { drainMs: number }): Promise<void>;
  state(): BotState;
}

export interface BotsOptions {
  app: App;
  config: Config;
  parts: Parts;
  encryption: Encryption;
  jwtSecret: string;
  logger: Logger;
}

export interface Bots {
  all: Bot[];
  /** How those that are set up are doing. */
  report(): BotReport[];
  /** What bots receive over HTTP. */
  routers: RequestHandler[];
}

export function toSlackSettings(config: Config): SlackSettings {
  return {
    botToken: config.SLACK_BOT_TOKEN,
    appToken: config.SLACK_APP_TOKEN,
    signingSecret: config.SLACK_SIGNING_SECRET,
    clientId: config.SLACK_CLIENT_ID,
    clientSecret: config.SLACK_CLIENT_SECRET,
    apiUrl: config.SLACK_API_URL,
  };
}

/**
 * Builds the bots whose settings are there; the platforms' packages are loaded only for those. To be called before
 * `app.turns.start()`, so that each can finish what an earlier process left.
 */
export async function createBots(options: BotsOptions): Promise<Bots> {
  const { app, config, parts, encryption, jwtSecret, logger } = options;
  const bots = new Map<Platform, Bot>();
  const routers: RequestHandler[] = [];

  if (config.DISCORD_TOKEN) {
    const { createDiscordBot } = await import('../bots/discord/discord-bot.ts');
    bots.set(
      'discord',
      createDiscordBot({
        app,
        token: config.DISCORD_TOKEN,
        apiUrl: config.DISCORD_API_URL,
        assistantName: config.ASSISTANT_NAME,
        encryption,
        logger,
      }),
    );
  }

  const slackSettings = toSlackSettings(config);
  if (isSlackOn(slackSettings)) {
    const { createSlackBot } = await import('../bots/slack/slack-bot.ts');
    const slack = createSlackBot({
      app,
      db: parts.db,
      settings: slackSettings,
      encryption,
      stateSecret: jwtSecret,
      assistantName: config.ASSISTANT_NAME,
      publicUrl: config.PUBLIC_URL,
      clock: parts.clock,
      logger,
    });
    bots.set('slack', slack);
    if (slack.router) routers.push(slack.router);
  }

  if (config.TWITCH_USERNAME && config.TWITCH_ACCESS_TOKEN) {
    const { createTwitchBot } = await import('../bots/twitch/twitch-bot.ts');
    bots.set(
      'twitch',
      createTwitchBot({
        app,
        db: parts.db,
        settings: {
          username: config.TWITCH_USERNAME,
          accessToken: config.TWITCH_ACCESS_TOKEN,
          refreshToken: config.TWITCH_REFRESH_TOKEN,
          channels: config.TWITCH_CHANNELS,
          clientId: config.TWITCH_CLIENT_ID,
          clientSecret: config.TWITCH_CLIENT_SECRET,
          ircUrl: config.TWITCH_IRC_URL,
          apiUrl: config.TWITCH_API_URL,
          authUrl: config.TWITCH_AUTH_URL,
        },
        encryption,
        assistantName: config.ASSISTANT_NAME,
        publicUrl: config.PUBLIC_URL,
        logger,
      }),
    );
  }
  const report = () => [...bots].map(([platform, bot]) => ({ platform, ...bot.state() }));
  return { all: [...bots.values()], report, routers };
}
