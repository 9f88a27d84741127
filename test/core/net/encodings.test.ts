import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { createOpenAiCompletionServers } from '../../../core/adapters/openai-completion-servers.ts';
import { createTokenFetch } from '../../../core/adapters/token-fetch.ts';
import { createGuardedFetch } from '../../../core/net/guarded-fetch.ts';
import { plainFetch } from '../../../core/net/plain-fetch.ts';
import { createSafeFetch } from '../../../core/net/safe-fetch.ts';

const PAGE = JSON.stringify({ words: 'Hello' });

/** Answers whatever it is asked in one encoding, which it says or not; keeps what it was asked for. */
async function createEncodingServer(encoding: string, body: Buffer) {
  const asked: (string | undefined)[] = [];
  const server = createServer((req, res) => {
    asked.push(req.headers['accept-encoding'] as string | undefined);
    req.resume();
    res.writeHead(200, { 'content-type': 'application/json', ...(encoding && { 'content-encoding': encoding }) });
    res.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const own = { allowPrivateHosts: ['127.0.0.1'] };
const READERS: Record<string, (url: string) => Promise<string>> = {
  'a document': async (url) => Buffer.from((await createSafeFetch(own)(url)).bytes).toString('utf8'),
  'the server of an own key': async (url) => (await createGuardedFetch({ ...own, maxBytes: 1000 })(url)).text(),
  'a model, a platform or a profile': async (url) => (await plainFetch(url)).text(),
  'a sign-in server': async (url) => (await createTokenFetch({ takesIdToken: true })(url, TOKEN_REQUEST)).text(),
};
const TOKEN_REQUEST = { method: 'POST', headers: {}, body: new URLSearchParams(), redirect: 'manual' } as const;

describe('an answer', () => {
  it.each(Object.keys(READERS))('of %s is asked for as it is, or in gzip, and read so', async (name) => {
    await using plain = await createEncodingServer('', Buffer.from(PAGE));
    await using gzip = await createEncodingServer('gzip', gzipSync(PAGE));

    expect([await READERS[name]?.(plain.url), await READERS[name]?.(gzip.url)]).toEqual([PAGE, PAGE]);
    for (const encoding of [...plain.asked, ...gzip.asked]) expect(encoding).toMatch(/^(identity|gzip)$/);
  });

  const refused: Record<string, Buffer> = {
    br: brotliCompressSync(PAGE),
    BR: brotliCompressSync(PAGE),
    deflate: deflateSync(PAGE),
    zstd: zstdCompressSync(PAGE),
    'gzip, br': brotliCompressSync(gzipSync(PAGE)),
    'gzip, gzip': gzipSync(gzipSync(PAGE)),
    'no-such-encoding': Buffer.from(PAGE),
  };
  const cases = Object.keys(READERS).flatMap((name) => Object.keys(refused).map((encoding) => [name, encoding]));
  it.each(cases)('of %s in %s is refused before it is decoded', async (name = '', encoding = '') => {
    await using server = await createEncodingServer(encoding, refused[encoding] ?? Buffer.alloc(0));

    const error: unknown = await READERS[name]?.(server.url).catch((failure) => failure);

    expect(error).toBeInstanceOf(Error);
    const { cause = error } = error as Error;
    expect(cause).toMatchObject({ code: 'fetch_failed', message: expect.stringContaining('encoding') });
  });

  it('that grows beyond measure when it is decompressed is cut', async () => {
    await using server = await createEncodingServer('gzip', gzipSync(Buffer.alloc(2_000_000)));

    await expect(createSafeFetch({ ...own, maxBytes: 1_000_000 })(server.url)).rejects.toMatchObject({
      code: 'payload_too_large',
    });
    await expect(READERS['the server of an own key']?.(server.url)).rejects.toMatchObject({
      code: 'payload_too_large',
    });
  });

  describe('that a model server sends to be passed on', () => {
    const servers = createOpenAiCompletionServers({
      idleTimeoutMs: 5000,
      totalTimeoutMs: 5000,
      limitName: () => 'max_tokens',
    });
    const send = (baseUrl: string) =>
      servers.send(
        { baseUrl, apiKey: undefined },
        { model: 'm', messages: [] },
        { isStream: false, signal: new AbortController().signal },
      );
    async function passedOn(baseUrl: string): Promise<Buffer> {
      const parts: Buffer[] = [];
      for await (const part of (await send(baseUrl)).body) parts.push(part);
      return Buffer.concat(parts);
    }

    it('is passed on as it is, and out of gzip', async () => {
      await using plain = await createEncodingServer('', Buffer.from(PAGE));
      await using gzip = await createEncodingServer('gzip', gzipSync(PAGE));

      for (const { url } of [plain, gzip]) expect((await passedOn(url)).toString('utf8')).toBe(PAGE);
    });

    it.each(Object.keys(refused))('is refused in %s before it is decoded', async (encoding) => {
      await using server = await createEncodingServer(encoding, refused[encoding] ?? Buffer.alloc(0));

      await expect(send(server.url)).rejects.toMatchObject({ code: 'model_unavailable' });
    });

    it('is cut where it grows beyond measure, or is no gzip at all', async () => {
      await using bomb = await createEncodingServer('gzip', gzipSync(Buffer.alloc(65_000_000)));
      await using broken = await createEncodingServer('gzip', Buffer.from(PAGE));

      await expect(passedOn(bomb.url)).rejects.toMatchObject({ code: 'model_interrupted' });
      await expect(passedOn(broken.url)).rejects.toMatchObject({ code: 'model_unavailable' });
    });
  });

  it('of a model is read by the vendor’s package through it', async () => {
    const completion = { id: 'c', object: 'chat.completion', created: 0, model: 'm', choices: [] };
    await using gzip = await createEncodingServer('gzip', gzipSync(JSON.stringify(completion)));
    await using brotli = await createEncodingServer('br', brotliCompressSync(JSON.stringify(completion)));
    const ask = (baseURL: string) =>
      new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0, fetch: plainFetch }).chat.completions.create({
        model: 'm',
        messages: [],
      });

    expect(await ask(gzip.url)).toMatchObject({ id: 'c' });
    await expect(ask(brotli.url)).rejects.toBeInstanceOf(Error);
  });
});
