import { randomBytes } from 'node:crypto';
import { createTwitchBot, type TwitchBotOptions, type TwitchSettings } from '../../../bots/twitch/twitch-bot.ts';
import { createEncryption } from '../../../core/encryption/encryption.ts';
import type { ChatModel } from '../../../core/ports/chat-model.ts';
import { createFakeTwitch, type FakeTwitchOptions } from '../../support/fake-twitch.ts';
import type { createScriptedModel } from '../../support/scripted-model.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createTestApp, type TestAppOptions } from '../../support/test-app.ts';

export const encryption = createEncryption({ keys: [randomBytes(32)] });

type Twitch = Awaited<ReturnType<typeof createFakeTwitch>>;

export interface TwitchTestOptions<Model extends ChatModel> extends TestAppOptions<Model> {
  fake?: FakeTwitchOptions;
  /** Of another bot, for two processes at one Twitch. */
  at?: Twitch;
  settings?: Partial<TwitchSettings>;
  bot?: Partial<TwitchBotOptions>;
  /** Channels whose broadcaster has made the bot a moderator. */
  moderates?: string[];
  /** Channels to wait for; those of the settings unless given. */
  joins?: string[];
}

/** Answers come over the chat connection, as without an application. */
export const overIrc = { clientSecret: undefined };

/** The real bot with the real library and core, at a stand-in for Twitch. Waits are short, so that tests are too. */
export async function createTwitchTest<Model extends ChatModel = ReturnType<typeof createScriptedModel>>(
  options: TwitchTestOptions<Model> = {},
) {
  const twitch = options.at ?? (await createFakeTwitch(options.fake));
  if (!options.at) {
    for (const login of ['parley', 'ada', 'bob']) {
      twitch.addChannel(login, { isBotModerator: options.moderates?.includes(login) ?? false });
    }
  }
  const t = await createTestApp<Model>(options);
  const logger = createSilentLogger();
  const bot = createTwitchBot({
    app: t.app,
    db: t.db,
    settings: { ...twitch.settings, ...options.settings },
    encryption,
    assistantName: 'Parley',
    publicUrl: 'https://parley.example',
    logger,
    windowMs: twitch.windowMs,
    reconnectMs: 20,
    joinPaceMs: 5,
    lookForChannelsMs: 50,
    leaseMs: 1500,
    ...options.bot,
  });
  await t.start();
  await bot.start();
  const channels = options.joins ?? options.settings?.channels ?? twitch.settings.channels;
  if (bot.state().state === 'connected')
    await twitch.until(() => channels.every((channel) => twitch.irc.joined().has(channel)));
  return {
    ...t,
    twitch,
    bot,
    logger,
    /** As when the process dies: what it was doing is left to the next one. */
    async kill() {
      await t.stop();
      await bot.stop();
    },
    async [Symbol.asyncDispose]() {
      await t.stop();
      await bot.stop();
      await t[Symbol.asyncDispose]();
      if (!options.at) await twitch[Symbol.asyncDispose]();
    },
  };
}
