import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccessTokens } from '../../core/users/access-tokens.ts';
import { createTestHttpServer, jwtSecret, type TestHttpServer, website } from '../support/test-http-server.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describe('visitors', () => {
  let t: TestHttpServer;
  beforeAll(async () => {
    t = await createTestHttpServer();
  });
  afterAll(() => t[Symbol.asyncDispose]());

  /** A token for somebody, as it was issued some days ago. */
  async function issueEarlier(userId: string, daysAgo: number, origin: string | null = null): Promise<string> {
    const clock = { now: () => new Date(Date.now() - daysAgo * DAY_MS) };
    return (await createAccessTokens({ secret: jwtSecret, clock }).issue({ userId, origin })).token;
  }

  it('gives a new visitor a token for a day', async () => {
    const response = await t.request('POST', '/api/visitors');
    const visitor = await response.json();

    expect(response.status).toBe(201);
    expect(visitor).toEqual({
      access_token: expect.any(String),
      expires_at: expect.any(String),
      user: { id: expect.any(String), username: null, display_name: 'Visitor', email: null },
    });
    expect(new Date(visitor.expires_at).getTime() - Date.now()).toBeGreaterThan(0.99 * DAY_MS);
    expect((await t.request('GET', '/api/sessions', { token: visitor.access_token })).status).toBe(200);
  });

  it('renews a valid token for the same person', async () => {
    const visitor = await t.createVisitor();

    const response = await t.request('POST', '/api/visitors', { token: visitor.token });

    expect(response.status).toBe(200);
    expect((await response.json()).user.id).toBe(visitor.userId);
  });

  it('renews an expired token, so that history survives', async () => {
    const asker = await t.createAsker();
    const token = await issueEarlier(asker.userId, 29);

    expect((await t.request('GET', '/api/sessions', { token })).status).toBe(401);
    const renewed = await (await t.request('POST', '/api/visitors', { token })).json();
    const sessions = await (await t.request('GET', '/api/sessions', { token: renewed.access_token })).json();

    expect(sessions.items.map(({ id }: { id: string }) => id)).toEqual([asker.sessionId]);
  });

  it('does not renew a token that ended more than 30 days ago', async () => {
    const { userId } = await t.createVisitor();

    const response = await t.request('POST', '/api/visitors', { token: await issueEarlier(userId, 32) });

    expect(response.status).toBe(401);
  });

  it('does not renew a token for a person who is gone', async () => {
    const { userId, token } = await t.createVisitor();
    await t.db('users').where({ id: userId }).delete();

    expect((await t.request('POST', '/api/visitors', { token })).status).toBe(401);
  });

  it.each([
    ['no token', undefined, 'Send an access token'],
    ['a token that is none', 'nonsense', 'not valid'],
  ])('refuses %s in words', async (_, token, words) => {
    const response = await t.request('GET', '/api/sessions', token === undefined ? {} : { token });
    const { error } = await response.json();

    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(error).toMatchObject({ code: 'unauthorized', message: expect.stringContaining(words) });
  });

  it('says that a token has expired', async () => {
    const { userId } = await t.createVisitor();

    const response = await t.request('GET', '/api/sessions', { token: await issueEarlier(userId, 2) });

    expect((await response.json()).error.message).toContain('expired');
  });

  it('refuses a token that was signed with another key or not at all', async () => {
    const { userId } = await t.createVisitor();
    const forged = await new SignJWT({ origin: null })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(userId)
      .setIssuer('parley')
      .setAudience('parley-api')
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(Buffer.from('another secret that is long enough'));
    const unsigned = new UnsecuredJWT({ origin: null })
      .setSubject(userId)
      .setIssuer('parley')
      .setAudience('parley-api')
      .setIssuedAt()
      .setExpirationTime('1h')
      .encode();

    expect((await t.request('GET', '/api/sessions', { token: forged })).status).toBe(401);
    expect((await t.request('GET', '/api/sessions', { token: unsigned })).status).toBe(401);
  });

  describe('on a website', () => {
    const onWebsite = { origin: website };

    it('accepts the token there', async () => {
      const { token } = await t.createVisitor(onWebsite);

      expect((await t.request('POST', '/api/sessions', { token, headers: onWebsite })).status).toBe(201);
    });

    it('refuses the token on another website, even a listed one', async () => {
      const { token } = await t.createVisitor(onWebsite);
      const headers = { origin: 'https://parley.example' };

      expect((await t.request('GET', '/api/sessions', { token, headers })).status).toBe(401);
      expect((await t.request('POST', '/api/visitors', { token, headers })).status).toBe(401);
    });

    it('lets a token read without Origin, as browsers do on their own site, and change nothing', async () => {
      const { token } = await t.createVisitor(onWebsite);

      expect((await t.request('GET', '/api/sessions', { token })).status).toBe(200);
      expect((await t.request('POST', '/api/sessions', { token })).status).toBe(401);
      expect((await t.request('DELETE', '/api/sessions', { token })).status).toBe(401);
    });

    it('refuses a token from outside a browser', async () => {
      const { token } = await t.createVisitor();

      expect((await t.request('GET', '/api/sessions', { token, headers: onWebsite })).status).toBe(401);
    });

    it('keeps in a session where it began', async () => {
      const { token, userId } = await t.createVisitor(onWebsite);
      await t.request('POST', '/api/sessions', { token, headers: onWebsite });

      expect(await t.db('sessions').where({ user_id: userId }).first('space')).toEqual({ space: `web:${website}` });
    });
  });
});
