import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestHttpServer, type TestHttpServer } from '../support/test-http-server.ts';

const COMPRESS: Record<string, (text: string) => Buffer> = {
  br: brotliCompressSync,
  gzip: gzipSync,
  'x-gzip': gzipSync,
  deflate: deflateSync,
  zstd: zstdCompressSync,
  'identity, br': brotliCompressSync,
  BR: brotliCompressSync,
  'no-such-encoding': (text) => Buffer.from(text),
};
const ADDRESSES = [
  '/api/auth/login',
  '/api/auth/register',
  '/api/visitors',
  '/api/sessions',
  '/v1/chat/completions',
  '/webhooks/stripe',
  '/slack/events',
  '/login',
  '/nothing-here',
];

describe('a body in an encoding', () => {
  let t: TestHttpServer;
  beforeAll(async () => {
    t = await createTestHttpServer();
  });
  afterAll(() => t[Symbol.asyncDispose]());

  const send = (address: string, encoding: string, body: Buffer) =>
    fetch(new URL(address, t.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
      body: new Uint8Array(body),
    });

  it.each(Object.keys(COMPRESS))('is refused before it is read: %s', async (encoding) => {
    const body = COMPRESS[encoding]?.(JSON.stringify({ username: 'ada', password: 'x' })) ?? Buffer.alloc(0);

    const answers = await Promise.all(ADDRESSES.map((address) => send(address, encoding, body)));

    expect(answers.map(({ status }) => status)).toEqual(ADDRESSES.map(() => 415));
    expect(await answers[0]?.json()).toMatchObject({ error: { code: 'unsupported_encoding' } });
  });

  it('is read when the encoding is none', async () => {
    const body = Buffer.from(JSON.stringify({ username: 'ada', password: 'not hers' }));

    expect((await send('/api/auth/login', 'identity', body)).status).toBe(401);
  });
});
