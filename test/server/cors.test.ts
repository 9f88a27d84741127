import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createOrigins } from '../../server/origins.ts';
import { createTestHttpServer, website } from '../support/test-http-server.ts';

const foreign = 'https://evil.example';

/** Like fetch, which does not let its user set `Host`. */
function post(port: number, path: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request({ port, path, method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.on('error', reject);
    call.end();
  });
}

describe('other websites', () => {
  it('lets a listed website read answers, and no cookies travel', async () => {
    await using t = await createTestHttpServer();

    const response = await t.request('POST', '/api/visitors', { headers: { origin: website } });

    expect(response.status).toBe(201);
    expect(response.headers.get('access-control-allow-origin')).toBe(website);
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    expect(response.headers.get('access-control-expose-headers')).toContain('retry-after');
    expect(response.headers.get('vary')).toBe('origin');
  });

  it('answers a preflight once for two hours', async () => {
    await using t = await createTestHttpServer();

    const response = await t.request('OPTIONS', '/api/sessions', {
      headers: { origin: website, 'access-control-request-method': 'POST' },
    });

    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-max-age')).toBe('7200');
    expect(response.headers.get('access-control-allow-methods')).toContain('DELETE');
    expect(response.headers.get('access-control-allow-headers')).toBe(
      'authorization, content-type, idempotency-key, x-request-id',
    );
  });

  it.each(['POST', 'OPTIONS'])(
    'refuses a website that is not listed (%s), in words and unreadable for it',
    async (method) => {
      await using t = await createTestHttpServer();

      const response = await t.request(method, '/api/visitors', {
        headers: { origin: foreign, 'access-control-request-method': 'POST' },
      });

      expect(response.status).toBe(403);
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
      expect((await response.json()).error).toMatchObject({
        code: 'forbidden',
        message: expect.stringContaining('WIDGET_ORIGINS'),
      });
      expect(await t.db('users').count().first()).toEqual({ count: 0 });
    },
  );

  it('lets errors be read by a listed website', async () => {
    await using t = await createTestHttpServer();

    const response = await t.request('GET', '/api/sessions', { headers: { origin: website } });

    expect(response.status).toBe(401);
    expect(response.headers.get('access-control-allow-origin')).toBe(website);
  });

  it('lets every website in with *', async () => {
    await using t = await createTestHttpServer({ config: { WIDGET_ORIGINS: ['*'] } });

    const response = await t.request('POST', '/api/visitors', { headers: { origin: foreign } });

    expect(response.status).toBe(201);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('always lets its own page in, also when that is opened by another loopback name', async () => {
    await using t = await createTestHttpServer({ config: { PUBLIC_URL: 'http://localhost:3000' } });

    const byPublicName = await post(t.port, '/api/visitors', { origin: 'http://localhost:3000' });
    const byAddress = await post(t.port, '/api/visitors', {
      origin: `http://127.0.0.1:${t.port}`,
      host: `127.0.0.1:${t.port}`,
    });

    expect([byPublicName, byAddress]).toEqual([201, 201]);
  });

  it('does not take a stranger that points its name at us for its own page', async () => {
    await using t = await createTestHttpServer();

    const status = await post(t.port, '/api/visitors', { origin: 'http://evil.example', host: 'evil.example' });

    expect(status).toBe(403);
  });
});

describe('the space of a website', () => {
  const origins = createOrigins({ publicUrl: 'http://localhost:3000/help', widgetOrigins: ['*', website] });

  it.each([
    [website, `web:${website}`],
    ['http://localhost:3000', 'web:http://localhost:3000'],
    ['http://127.0.0.1:3000', 'web:http://localhost:3000'],
    ['null', null],
    [null, null],
  ])('of %s is %s', (origin, space) => {
    expect(origins.toSpace(origin)).toBe(space);
  });
});
