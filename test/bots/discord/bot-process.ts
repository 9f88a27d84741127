import { createDiscordBot } from '../../../bots/discord/discord-bot.ts';
import { createApp } from '../../../core/app.ts';
import { openDatabase } from '../../../core/db/database.ts';
import { createEncryption } from '../../../core/encryption/encryption.ts';
import { unobserved } from '../../../core/ports/turn-observer.ts';
import { createTurnSignals } from '../../../core/turns/turn-signals.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createTestNotifications } from '../../support/test-notifications.ts';

// A process that a test kills: the real bot, whose model begins every answer and never ends it.
const { DATABASE_URL = '', DISCORD_API_URL = '', DISCORD_TOKEN = '', ENCRYPTION_KEY = '' } = process.env;
const db = openDatabase(DATABASE_URL);
const clock = { now: () => new Date() };
const logger = createSilentLogger();
const model = createScriptedModel();
const app = createApp({
  db,
  clock,
  logger,
  observer: unobserved,
  signals: createTurnSignals({ db, notifications: createTestNotifications(DATABASE_URL), logger }),
  model,
  retrieval: { retrieve: async () => ({ outcome: 'not_needed', passages: [], confidence: 0 }) },
  chunkIndex: { remove: async () => {} },
  assistant: { name: 'Parley', instructions: '' },
  publicUrl: 'https://parley.example',
  leaseMs: 1000,
});
const encryption = createEncryption({ keys: [Buffer.from(ENCRYPTION_KEY, 'base64')] });
const bot = createDiscordBot({
  app,
  token: DISCORD_TOKEN,
  apiUrl: DISCORD_API_URL,
  assistantName: 'Parley',
  encryption,
  logger,
  minEditIntervalMs: 20,
});
await app.turns.start();
await bot.start();
for (let n = 0; ; n += 1) (await model.call(n)).say('Half an');
