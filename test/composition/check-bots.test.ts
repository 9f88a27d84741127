import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createBotChecks } from '../../composition/check-bots.ts';
import { parseConfig } from '../../config.ts';

const SET_UP = { DISCORD_TOKEN: 'd', TWITCH_USERNAME: 'polly', TWITCH_ACCESS_TOKEN: 't' };

async function lookAtBots(port: number) {
  const checks = createBotChecks(parseConfig({ ...SET_UP, PORT: String(port) }));
  return Promise.all(checks.map(async ({ name, run }) => ({ name, ...(await run()) })));
}

async function serve(body: object) {
  const server = createServer((_, response) => response.end(JSON.stringify(body)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

describe('what doctor says about bots', () => {
  it('is what the running Parley says of those that are set up', async () => {
    await using parley = await serve({
      status: 'degraded',
      bots: {
        discord: { state: 'degraded', message: 'Message Content Intent is off.' },
        twitch: { state: 'failed', message: 'the token lacks the scope chat:edit' },
      },
    });

    expect(await lookAtBots(parley.port)).toEqual([
      { name: 'discord', state: 'warning', detail: 'degraded: Message Content Intent is off.' },
      { name: 'twitch', state: 'failed', detail: 'failed: the token lacks the scope chat:edit' },
    ]);
  });

  it('is that nobody knows, where none runs', async () => {
    const gone = await serve({});
    const { port } = gone;
    await gone[Symbol.asyncDispose]();

    expect(await lookAtBots(port)).toMatchObject([
      { name: 'discord', state: 'warning', fix: expect.stringContaining('parley start') },
      { name: 'twitch', state: 'warning' },
    ]);
  });
});
