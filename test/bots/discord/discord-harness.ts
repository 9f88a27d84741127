import { randomBytes } from 'node:crypto';
import { createDiscordBot, type DiscordBotOptions } from '../../../bots/discord/discord-bot.ts';
import { createEncryption } from '../../../core/encryption/encryption.ts';
import type { ChatModel } from '../../../core/ports/chat-model.ts';
import { createFakeDiscord } from '../../support/fake-discord.ts';
import type { createScriptedModel } from '../../support/scripted-model.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createTestApp, type TestAppOptions } from '../../support/test-app.ts';

export const encryptionKey = randomBytes(32);
const encryption = createEncryption({ keys: [encryptionKey] });

type Discord = Awaited<ReturnType<typeof createFakeDiscord>>;
type Message = ReturnType<Discord['shown']>[number];

/** Whether an answer has its last word, and is stored: before that it only shows as much as was written. */
export function isDone(message: Message | undefined): boolean {
  return message?.components.some(({ components: [first] }) => first?.label === '👍') ?? false;
}

export interface DiscordTestOptions<Model extends ChatModel> extends TestAppOptions<Model> {
  discord?: Parameters<typeof createFakeDiscord>[0];
  /** Of another bot, for two processes at one Discord. */
  at?: Discord;
  bot?: Partial<DiscordBotOptions>;
}

/** The real bot with the real library and core, at a stand-in for Discord. Edits come fast, so that tests do too. */
export async function createDiscordTest<Model extends ChatModel = ReturnType<typeof createScriptedModel>>(
  options: DiscordTestOptions<Model> = {},
) {
  const discord = options.at ?? (await createFakeDiscord(options.discord));
  const t = await createTestApp<Model>(options);
  const logger = createSilentLogger();
  const bot = createDiscordBot({
    app: t.app,
    token: discord.state.token,
    apiUrl: discord.apiUrl,
    assistantName: 'Parley',
    encryption,
    logger,
    minEditIntervalMs: 20,
    reconnectMs: 20,
    ...options.bot,
  });
  await t.start();
  await bot.start();
  return {
    ...t,
    discord,
    bot,
    logger,
    /** As when the process dies: what it was doing is left to the next one. */
    async kill() {
      await t.stop();
      await bot.stop({ drainMs: 0 });
    },
    async [Symbol.asyncDispose]() {
      await t.stop();
      await bot.stop({ drainMs: 0 });
      await t[Symbol.asyncDispose]();
      if (!options.at) await discord[Symbol.asyncDispose]();
    },
  };
}
