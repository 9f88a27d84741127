import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createSlackBot } from '../../bots/slack/slack-bot.ts';
import type { SlackSettings } from '../../bots/slack/slack-settings.ts';
import { createEncryption } from '../../core/encryption/encryption.ts';
import { type FakeSlack, startFakeSlack } from './fake-slack.ts';
import { APP_TOKEN, BOT_TOKEN, SIGNING_SECRET } from './fake-slack-workspace.ts';
import type { createScriptedModel } from './scripted-model.ts';
import { createTestApp, type TestAppOptions } from './test-app.ts';
import { systemClock } from './test-turns.ts';

type Model = ReturnType<typeof createScriptedModel>;

export interface TestSlackOptions extends TestAppOptions<Model> {
  mode?: 'socket' | 'http';
  slack?: FakeSlack;
  settings?: Partial<SlackSettings>;
  minuteMs?: number;
}

const encryption = createEncryption({ keys: [Buffer.alloc(32, 7)] });

/** The real bot on the real core and database, connected to a stand-in for Slack. */
export async function createTestSlack(options: TestSlackOptions = {}) {
  const t = await createTestApp<Model>(options);
  const web = express();
  const server = createServer(web);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const isHttp = options.mode === 'http';
  const { minuteMs } = options;
  const slack =
    options.slack ??
    (await startFakeSlack({ minuteMs, ...(isHttp && { eventsUrl: () => `${publicUrl}/slack/events` }) }));
  const bot = createSlackBot({
    app: t.app,
    db: t.db,
    settings: {
      botToken: BOT_TOKEN,
      appToken: isHttp ? undefined : APP_TOKEN,
      signingSecret: isHttp ? SIGNING_SECRET : undefined,
      clientId: undefined,
      clientSecret: undefined,
      apiUrl: slack.apiUrl,
      ...options.settings,
    },
    encryption,
    stateSecret: 'state secret',
    assistantName: 'Parley',
    publicUrl,
    clock: systemClock,
    logger: t.logger,
    leaseMs: 3000,
    minuteMs,
  });
  if (bot.router) web.use(bot.router);
  web.use(express.json());
  await t.start();
  await bot.start();
  let isStopped = false;
  /** Ends this process, as a crash would: what it had begun is left as it is. */
  const stop = async () => {
    if (isStopped) return;
    isStopped = true;
    await t.stop();
    await bot.stop();
    server.closeAllConnections();
    server.close();
  };
  return {
    ...t,
    bot,
    slack,
    publicUrl,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      if (!options.slack) await slack[Symbol.asyncDispose]();
      await t[Symbol.asyncDispose]();
    },
  };
}
