import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { SSE_PING, STREAM_HEADERS } from '../../server/sse.ts';
import { findProxy, PROXIES, startProxy } from '../support/debian-proxies.ts';

/** Streams as Parley does, when the test says so. */
async function createStreamingServer() {
  const arrived = Promise.withResolvers<{ req: IncomingMessage; res: ServerResponse }>();
  const server = createServer((req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream', ...STREAM_HEADERS });
    res.flushHeaders();
    arrived.resolve({ req, res });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    arrived: arrived.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe.each(PROXIES)('%s, set up as docs/proxies.md says', (proxy) => {
  const isMissing = findProxy(proxy) === null;
  const name = (text: string) => `${text}${isMissing ? ` (skipped: ${proxy} is not installed)` : ''}`;

  it.skipIf(isMissing)(
    name('hands on each piece of an answer as it is written, for the address it came from'),
    async () => {
      await using backend = await createStreamingServer();
      await using front = await startProxy(proxy, backend.host);
      const asking = fetch(`${front.url}/v1/chat/completions`, { headers: { 'accept-encoding': 'gzip' } });
      const { req, res } = await backend.arrived;
      const reader = (await asking).body?.pipeThrough(new TextDecoderStream()).getReader();

      const pieces: string[] = [];
      for (const piece of ['data: 1\n\n', SSE_PING, 'data: 2\n\n']) {
        res.write(piece);
        pieces.push((await reader?.read())?.value ?? '');
      }
      res.end();

      expect(pieces).toEqual(['data: 1\n\n', SSE_PING, 'data: 2\n\n']);
      expect((await reader?.read())?.done).toBe(true);
      expect(req.httpVersion).toBe('1.1');
      expect(String(req.headers['x-forwarded-for']).split(',')).toHaveLength(1);
    },
  );

  it.skipIf(isMissing)(name('tells when a reader has left'), async () => {
    await using backend = await createStreamingServer();
    await using front = await startProxy(proxy, backend.host);
    const leaving = new AbortController();
    const asking = fetch(`${front.url}/`, { signal: leaving.signal });
    const { res } = await backend.arrived;
    res.write('data: 1\n\n');
    await asking;
    const gone = once(res, 'close');

    leaving.abort();
    const writing = setInterval(() => res.write(SSE_PING), 50);
    await gone;
    clearInterval(writing);

    expect(res.writableFinished).toBe(false);
  });

  it.skipIf(isMissing)(name('lets an answer that was cut look cut, or at least without its end'), async () => {
    await using backend = await createStreamingServer();
    await using front = await startProxy(proxy, backend.host);
    const asking = fetch(`${front.url}/`);
    const { res } = await backend.arrived;
    res.write('data: 1\n\n');
    const response = await asking;

    res.socket?.destroy();
    const read = await response.text().catch(() => 'cut');

    // The Caddy of Debian (2.6) ends it as if it were whole: the last event of a stream is what tells there.
    expect(read).toBe(proxy === 'caddy' ? 'data: 1\n\n' : 'cut');
  });

  it.skipIf(isMissing)(name('keeps /metrics inside'), async () => {
    await using backend = await createStreamingServer();
    await using front = await startProxy(proxy, backend.host);

    expect((await fetch(`${front.url}/metrics`)).status).toBe(404);
  });
});
