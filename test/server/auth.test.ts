import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestHttpServer, jwtSecret, type TestHttpServer, website } from '../support/test-http-server.ts';

const password = 'correct horse 7 staple';

describe('login', () => {
  let t: TestHttpServer;
  let registered = 0;
  beforeAll(async () => {
    t = await createTestHttpServer();
  });
  afterAll(() => t[Symbol.asyncDispose]());

  async function register(headers: Record<string, string> = {}) {
    registered += 1;
    const username = `person-${registered}-x`;
    await t.db('sign_in_attempts').delete();
    const response = await t.request('POST', '/api/auth/register', { body: { username, password }, headers });
    expect(response.status).toBe(201);
    const { access_token, refresh_token, user } = await response.json();
    return {
      username,
      token: access_token as string,
      refreshToken: refresh_token as string,
      userId: user.id as string,
    };
  }
  const refresh = (refreshToken: string) =>
    t.request('POST', '/api/auth/refresh', { body: { refresh_token: refreshToken } });
  const me = (token: string) => t.request('GET', '/api/auth/me', { token });

  it('begins with registering, and goes on with name or address', async () => {
    const body = { username: 'Grace', email: 'grace@example.com', password };

    const registered = await (await t.request('POST', '/api/auth/register', { body })).json();
    const user = { id: expect.any(String), username: 'Grace', display_name: 'Grace', email: 'grace@example.com' };
    expect(registered).toEqual({
      access_token: expect.any(String),
      expires_at: expect.any(String),
      refresh_token: expect.any(String),
      user,
    });
    expect(new Date(registered.expires_at).getTime() - Date.now()).toBeLessThanOrEqual(15 * 60_000);
    for (const username of ['grace', 'Grace@example.com']) {
      const response = await t.request('POST', '/api/auth/login', { body: { username, password } });
      expect(response.status).toBe(200);
      const { access_token, user: same } = await response.json();
      expect(same).toEqual(registered.user);
      expect(await (await me(access_token)).json()).toEqual(registered.user);
    }
  });

  describe('a new password', () => {
    const change = (token: string, body: object) => t.request('PUT', '/api/auth/password', { token, body });
    const logIn = (username: string, secret: string) =>
      t.request('POST', '/api/auth/login', { body: { username, password: secret } });

    it('takes the place of the old one, and ends every other login', async () => {
      const ada = await register();
      const other = await (await logIn(ada.username, password)).json();

      const changed = await change(ada.token, { current_password: password, password: 'a lamp beside 7 doors' });

      expect(changed.status).toBe(204);
      expect((await me(ada.token)).status).toBe(200);
      expect((await me(other.access_token)).status).toBe(401);
      expect((await refresh(other.refresh_token)).status).toBe(401);
      expect((await logIn(ada.username, password)).status).toBe(401);
      expect((await logIn(ada.username, 'a lamp beside 7 doors')).status).toBe(200);
    });

    it.each([
      [{ current_password: 'a guess of mine', password: 'a lamp beside 7 doors' }, 'current_password is wrong'],
      [{ current_password: password, password: 'short' }, 'password must have at least 10 characters'],
      [{ password: 'a lamp beside 7 doors' }, 'current_password is missing'],
    ])('is refused with words for %j', async (body, words) => {
      const ada = await register();

      const response = await change(ada.token, body);

      expect(response.status).toBe(400);
      expect((await response.json()).error.message).toContain(words);
      expect((await logIn(ada.username, password)).status).toBe(200);
    });

    it('is not guessed at from a login that somebody left open', async () => {
      const ada = await register();
      const guess = () => change(ada.token, { current_password: 'a guess of mine', password: 'a lamp beside 7 doors' });

      for (let i = 0; i < 10; i++) expect((await guess()).status).toBe(400);

      expect((await guess()).status).toBe(429);
    });

    it('is nothing for who has none', async () => {
      const visitor = await t.createVisitor();
      const body = { current_password: password, password: 'a lamp beside 7 doors' };

      expect((await t.request('PUT', '/api/auth/password', { ...visitor, body })).status).toBe(409);
    });
  });

  it('tells visitors who they are too', async () => {
    const visitor = await t.createVisitor();

    expect(await (await me(visitor.token)).json()).toEqual({
      id: visitor.userId,
      username: null,
      display_name: 'Visitor',
      email: null,
    });
  });

  it.each([
    [{}, 'username is missing'],
    [{ username: 'ada', password: 'short' }, 'at least 10 characters'],
    [{ username: 'a b c', password }, 'username may have'],
    [{ username: 'ada.l', password, email: 'nonsense' }, 'email must be'],
    [{ username: 'ada.l', password, is_admin: true }, 'unknown fields: is_admin'],
  ])('refuses to register %j and names what is wrong', async (body, words) => {
    const response = await t.request('POST', '/api/auth/register', { body });

    expect(response.status).toBe(400);
    expect((await response.json()).error.message).toContain(words);
  });

  it('refuses a taken name', async () => {
    const { username } = await register();

    const response = await t.request('POST', '/api/auth/register', { body: { username, password } });

    expect(response.status).toBe(409);
  });

  it('refuses a wrong password and an unknown name alike', async () => {
    const { username } = await register();
    const attempt = async (name: string) => {
      const response = await t.request('POST', '/api/auth/login', {
        body: { username: name, password: 'a wrong password' },
      });
      const { error } = await response.json();
      return { status: response.status, code: error.code, message: error.message };
    };

    const wrong = await attempt(username);

    expect(wrong).toMatchObject({ status: 401, code: 'unauthorized' });
    expect(await attempt('nobody-of-that-name')).toEqual(wrong);
  });

  it('slows down guessing, with Retry-After', async () => {
    await t.db('sign_in_attempts').delete();
    const guess = () =>
      t.request('POST', '/api/auth/login', { body: { username: 'guessed', password: 'wrong guess' } });
    for (let i = 0; i < 10; i++) expect((await guess()).status).toBe(401);

    const refused = await guess();

    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(60);
  });

  it('renews its tokens, and ends altogether when an old refresh token comes back', async () => {
    const { refreshToken } = await register();
    const next = await (await refresh(refreshToken)).json();
    expect((await me(next.access_token)).status).toBe(200);
    expect((await refresh(refreshToken)).status).toBe(200);
    await t
      .db('refresh_tokens')
      .whereNotNull('used_at')
      .update({ used_at: new Date(Date.now() - 60_000) });

    expect((await refresh(refreshToken)).status).toBe(401);

    expect((await refresh(next.refresh_token)).status).toBe(401);
    expect((await me(next.access_token)).status).toBe(401);
  });

  it.each(['', 'nonsense', 'x'.repeat(5000)])('refuses a refresh token that is none', async (text) => {
    expect([400, 401]).toContain((await refresh(text)).status);
  });

  it('ends at once by logging out, with all that was issued for it and nothing else', async () => {
    const { username, token, refreshToken } = await register();
    const other = await (await t.request('POST', '/api/auth/login', { body: { username, password } })).json();
    expect((await me(token)).status).toBe(200);

    expect((await t.request('POST', '/api/auth/logout', { token })).status).toBe(204);

    expect((await me(token)).status).toBe(401);
    expect((await refresh(refreshToken)).status).toBe(401);
    expect((await me(other.access_token)).status).toBe(200);
  });

  it('is nothing a visitor could log out of', async () => {
    expect((await t.request('POST', '/api/auth/logout', await t.createVisitor())).status).toBe(403);
  });

  it('is listed, and can be ended from elsewhere', async () => {
    const { username, token } = await register();
    const body = { username, password };
    const other = await (
      await t.request('POST', '/api/auth/login', { body, headers: { 'user-agent': 'a phone' } })
    ).json();

    const { items } = await (await t.request('GET', '/api/auth/logins', { token })).json();
    const phone = items.find((login: { user_agent: string }) => login.user_agent === 'a phone');
    expect(items).toHaveLength(2);
    expect(phone.is_current).toBe(false);
    expect((await t.request('DELETE', `/api/auth/logins/${phone.id}`, { token })).status).toBe(204);

    expect((await me(other.access_token)).status).toBe(401);
    expect((await me(token)).status).toBe(200);
  });

  it('can be ended everywhere else', async () => {
    const { username, token } = await register();
    const other = await (await t.request('POST', '/api/auth/login', { body: { username, password } })).json();

    expect((await t.request('DELETE', '/api/auth/logins', { token })).status).toBe(204);

    expect((await me(other.access_token)).status).toBe(401);
    expect((await me(token)).status).toBe(200);
  });

  it('cannot be listed or ended by somebody else, who learns nothing of it', async () => {
    const [ada, eve] = [await register(), await register()];
    const { items } = await (await t.request('GET', '/api/auth/logins', { token: ada.token })).json();

    const theirs = await t.request('DELETE', `/api/auth/logins/${items[0].id}`, { token: eve.token });
    const nobodys = await t.request('DELETE', `/api/auth/logins/${ada.userId}`, { token: eve.token });

    expect([theirs.status, nobodys.status]).toEqual([404, 404]);
    expect((await theirs.json()).error.message).toBe((await nobodys.json()).error.message);
    expect((await me(ada.token)).status).toBe(200);
  });

  it('does not turn into a visitor token, which could not be ended', async () => {
    const { token } = await register();

    expect((await t.request('POST', '/api/visitors', { token })).status).toBe(401);
  });

  it('works only on the website it was made on', async () => {
    const { token } = await register({ origin: website });

    expect((await t.request('POST', '/api/sessions', { token, headers: { origin: website } })).status).toBe(201);
    expect((await t.request('POST', '/api/sessions', { token })).status).toBe(401);
  });

  describe('cannot be forged', () => {
    const claims = (userId: string, login: unknown) => ({
      origin: null,
      login,
      sub: userId,
      iss: 'parley',
      aud: 'parley-api',
    });
    const hs256 = { alg: 'HS256' };

    it('by naming a login that never was, or something that is no login', async () => {
      const { userId } = await register();
      for (const login of [userId, null, 7]) {
        const forged = await new SignJWT(claims(userId, login))
          .setProtectedHeader(hs256)
          .setIssuedAt()
          .setExpirationTime('1h')
          .sign(Buffer.from(jwtSecret));
        expect((await me(forged)).status).toBe(401);
      }
    });

    it('without the key, or with another algorithm', async () => {
      const { userId } = await register();
      const unsigned = new UnsecuredJWT(claims(userId, undefined)).setIssuedAt().setExpirationTime('1h').encode();
      const otherKey = await new SignJWT(claims(userId, undefined))
        .setProtectedHeader(hs256)
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(Buffer.from('x'.repeat(40)));
      const otherAlgorithm = await new SignJWT(claims(userId, undefined))
        .setProtectedHeader({ alg: 'HS512' })
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(Buffer.from(jwtSecret.repeat(2)));

      for (const token of [unsigned, otherKey, otherAlgorithm]) expect((await me(token)).status).toBe(401);
    });

    it('by changing what a real one says', async () => {
      const [ada, eve] = [await register(), await register()];
      const [header, payload, signature] = eve.token.split('.');
      const changed = Buffer.from(payload ?? '', 'base64url')
        .toString()
        .replace(eve.userId, ada.userId);

      const response = await me(`${header}.${Buffer.from(changed).toString('base64url')}.${signature}`);

      expect(response.status).toBe(401);
    });
  });
});
