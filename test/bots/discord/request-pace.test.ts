import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { REST } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { createRequestPace } from '../../../bots/discord/request-pace.ts';

/** It stands still: how long the rest of a window is does not depend on how fast this machine is. */
const now = () => 0;

/** A server that lets so many requests through in its window, by its headers. */
async function startServer(limit: number, perMs: number) {
  const arrivals: string[] = [];
  let used = 0;
  const server = createServer((request, response) => {
    used += 1;
    arrivals.push(request.url ?? '');
    response.writeHead(200, {
      'content-type': 'application/json',
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(Math.max(0, limit - used)),
      'x-ratelimit-reset-after': String(perMs / 1000),
    });
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const rest = new REST({ api: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }).setToken('t');
  return {
    arrivals,
    rest,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('the pace of requests to Discord', () => {
  it('holds edits back before a bucket is empty, also for other messages of that channel', async () => {
    await using server = await startServer(3, 1000);
    const pace = createRequestPace({ rest: server.rest, now });
    const edit = (message: string) => {
      const path = `/channels/1/messages/${message}` as const;
      return pace.send('PATCH', path, () => server.rest.patch(path, { body: {} }));
    };

    expect(pace.delayMs('PATCH', '/channels/1/messages/10')).toBe(0);
    await edit('10');
    expect(pace.delayMs('PATCH', '/channels/1/messages/11')).toBe(0);
    await edit('11');

    expect(pace.delayMs('PATCH', '/channels/1/messages/12')).toBeGreaterThan(500);
    expect(pace.delayMs('PATCH', '/channels/2/messages/12')).toBe(0);
    expect(pace.delayMs('POST', '/channels/1/messages')).toBe(0);
  });

  it('knows the buckets of interactions apart', async () => {
    await using server = await startServer(2, 1000);
    const pace = createRequestPace({ rest: server.rest, now });
    const path = '/webhooks/1/token-a/messages/@original';
    await pace.send('PATCH', path, () => server.rest.patch(path, { body: {}, auth: false }));

    expect(pace.delayMs('PATCH', '/webhooks/1/token-a/messages/7')).toBeGreaterThan(0);
    expect(pace.delayMs('PATCH', '/webhooks/1/token-b/messages/@original')).toBe(0);
  });

  it('goes on after a request that failed', async () => {
    await using server = await startServer(5, 1000);
    const pace = createRequestPace({ rest: server.rest, now });
    const path = '/channels/1/messages';

    const failed = pace.send('POST', path, () => Promise.reject(new Error('no')));
    const sent = pace.send('POST', path, () => server.rest.post(path, { body: {} }));

    await expect(failed).rejects.toThrow('no');
    await expect(sent).resolves.toEqual({});
  });
});
