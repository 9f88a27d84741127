import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestHttpServer, type TestHttpServer } from '../support/test-http-server.ts';

describe('every request', () => {
  let t: TestHttpServer;
  beforeAll(async () => {
    t = await createTestHttpServer();
  });
  afterAll(() => t[Symbol.asyncDispose]());

  it('keeps a sane request id, and shows it in the answer, the error and the log', async () => {
    const response = await t.request('GET', '/api/sessions', { headers: { 'x-request-id': 'trace-7.a' } });

    expect(response.headers.get('x-request-id')).toBe('trace-7.a');
    expect((await response.json()).error.request_id).toBe('trace-7.a');
    await expect
      .poll(() => t.logger.lines)
      .toContainEqual(
        expect.objectContaining({
          message: 'request',
          fields: expect.objectContaining({ requestId: 'trace-7.a', route: '/api/sessions', status: 401 }),
        }),
      );
  });

  it.each(['x'.repeat(65), 'two words', '<script>', 'a;b'])('makes its own request id instead of %s', async (id) => {
    const response = await t.request('GET', '/healthz', { headers: { 'x-request-id': id } });

    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('cannot be made to send a header of the caller’s', async () => {
    const socket = connect(t.port, '127.0.0.1');
    const answer: Buffer[] = [];
    socket.on('data', (piece) => answer.push(piece));
    socket.end('GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-request-id: a\rset-cookie: b=c\r\n\r\n');
    await once(socket, 'close');

    expect(Buffer.concat(answer).toString()).not.toMatch(/set-cookie/i);
  });

  it('carries the security headers of our pages', async () => {
    const { headers } = await t.request('GET', '/docs');

    expect(headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('strict-transport-security')).toBe('max-age=15552000');
    expect(headers.get('x-powered-by')).toBeNull();
  });

  it('logs neither tokens nor texts nor search words', async () => {
    await using t = await createTestHttpServer();
    const asker = await t.createAsker();
    const call = t.scripted.call(0);
    const asking = t.request('POST', `/api/sessions/${asker.sessionId}/messages`, {
      ...asker,
      body: { text: 'sesame' },
    });
    (await call).finish();
    await asking;
    await t.request('GET', '/api/messages?q=sesame', asker);
    await t.request('GET', `/${asker.token}`);
    await expect.poll(() => t.logger.lines.filter(({ message }) => message === 'request').length).toBe(5);

    const log = JSON.stringify(t.logger.lines);

    expect(log).not.toContain('sesame');
    expect(log).not.toContain(asker.token);
  });
});

describe('refusals', () => {
  let t: TestHttpServer;
  beforeAll(async () => {
    t = await createTestHttpServer();
  });
  afterAll(() => t[Symbol.asyncDispose]());

  it('answers an unknown route of the API in JSON', async () => {
    const response = await t.request('GET', '/api/nothing');

    expect(response.status).toBe(404);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect((await response.json()).error).toMatchObject({
      code: 'not_found',
      message: 'There is nothing at this address.',
    });
  });

  it.each([
    ['PUT', '/api/visitors', 'POST, OPTIONS'],
    ['PATCH', '/api/sessions', 'GET, POST, DELETE, HEAD, OPTIONS'],
    ['GET', '/api/messages/00000000-0000-4000-8000-000000000000', 'DELETE, OPTIONS'],
    ['GET', '/webhooks/stripe', 'POST, OPTIONS'],
    ['POST', '/healthz', 'GET, HEAD, OPTIONS'],
  ])('says to %s %s which methods there are', async (method, path, allowed) => {
    const response = await t.request(method, path);

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allowed);
    expect((await response.json()).error).toMatchObject({
      code: 'method_not_allowed',
      message: `This address takes ${allowed} only.`,
    });
    const asked = await t.request('OPTIONS', path);
    expect([asked.status, asked.headers.get('allow')]).toEqual([204, allowed]);
  });

  it('answers an unknown address with a small page for people', async () => {
    const response = await t.request('GET', '/nothing', { headers: { accept: 'text/html' } });

    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(await response.text()).toContain('There is nothing at this address.');
  });

  it('answers an address that cannot be decoded', async () => {
    expect((await t.request('GET', '/api/messages/%E0%A4%A')).status).toBe(400);
  });

  it('refuses a body that is not JSON', async () => {
    const asker = await t.createAsker();

    const response = await fetch(`${t.url}/api/sessions/${asker.sessionId}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${asker.token}`, 'content-type': 'application/json' },
      body: '{"text": "Hel',
    });

    expect(response.status).toBe(400);
    expect((await response.json()).error).toMatchObject({
      code: 'invalid_request',
      message: 'The request body is not valid JSON.',
    });
  });

  it('refuses a body over 64 kB', async () => {
    const asker = await t.createAsker();

    const response = await t.request('POST', `/api/sessions/${asker.sessionId}/messages`, {
      ...asker,
      body: { text: 'x'.repeat(70_000) },
    });

    expect(response.status).toBe(413);
    expect((await response.json()).error.code).toBe('payload_too_large');
  });
});
