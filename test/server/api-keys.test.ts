import { describe, expect, it } from 'vitest';
import { createTestHttpServer, type TestHttpServer, website } from '../support/test-http-server.ts';

/** Somebody with a login. */
async function createMember(t: TestHttpServer, username = 'grace'): Promise<{ token: string; userId: string }> {
  await t.db('sign_in_attempts').delete();
  const body = { username, password: 'correct horse 7 staple' };
  const { access_token, user } = await (await t.request('POST', '/api/auth/register', { body })).json();
  return { token: access_token, userId: user.id };
}

async function createKey(t: TestHttpServer, token: string, more: object = {}): Promise<string> {
  const response = await t.request('POST', '/api/api-keys', { token, body: { name: 'laptop', ...more } });
  return (await response.json()).key;
}

describe('/api/api-keys', () => {
  it('gives a key once, and lists it without', async () => {
    await using t = await createTestHttpServer();
    const { token } = await createMember(t);

    const made = await t.request('POST', '/api/api-keys', { token, body: { name: 'laptop' } });
    const listed = await (await t.request('GET', '/api/api-keys', { token })).json();

    expect(made.status).toBe(201);
    const shape = {
      name: 'laptop',
      prefix: expect.stringMatching(/^pk_\w{6}$/),
      is_active: true,
      created_at: expect.stringMatching(/Z$/),
      expires_at: null,
      monthly_cap_cents: null,
      models: null,
    };
    expect(await made.json()).toEqual({ ...shape, key: expect.stringMatching(/^pk_\w{40}$/) });
    expect(listed).toEqual({
      items: [{ ...shape, balance_cents: expect.any(Number), last_used_at: null }],
      next_cursor: null,
    });
  });

  it('refuses a second key of the same name', async () => {
    await using t = await createTestHttpServer();
    const { token } = await createMember(t);
    await createKey(t, token);

    const second = await t.request('POST', '/api/api-keys', { token, body: { name: 'laptop' } });

    expect(second.status).toBe(409);
    expect((await second.json()).error.code).toBe('conflict');
  });

  it('sets limits, changes them and takes them away', async () => {
    await using t = await createTestHttpServer();
    const { token } = await createMember(t);
    const limits = { monthly_cap_cents: 250, expires_at: '2099-01-01T00:00:00.000Z', models: ['parley', 'auto'] };
    await createKey(t, token, limits);
    const change = async (body: object) => (await t.request('PATCH', '/api/api-keys/laptop', { token, body })).json();

    expect(await change({ is_active: false })).toMatchObject({ ...limits, is_active: false });
    expect(await change({ models: null, monthly_cap_cents: 0 })).toMatchObject({ models: null, monthly_cap_cents: 0 });
  });

  it.each([
    ['POST', '/api/api-keys', {}, 'name is missing'],
    ['POST', '/api/api-keys', { name: '  ' }, 'name must have 1 to 64 characters'],
    ['POST', '/api/api-keys', { name: '..' }, 'name must not be . or ..'],
    ['POST', '/api/api-keys', { name: 'a', monthly_cap_cents: 1.5 }, 'monthly_cap_cents must be a whole number'],
    ['POST', '/api/api-keys', { name: 'a', expires_at: 'soon' }, 'expires_at must be a time such as'],
    ['POST', '/api/api-keys', { name: 'a', models: [] }, 'models must name a model'],
    ['PATCH', '/api/api-keys/laptop', {}, 'must change something'],
    ['PATCH', '/api/api-keys/laptop', { is_active: 'no' }, 'is_active must be true or false'],
  ])('says what is wrong with %s %s %j', async (method, path, body, words) => {
    await using t = await createTestHttpServer();
    const { token } = await createMember(t);
    await createKey(t, token);

    const response = await t.request(method, path, { token, body });

    expect(response.status).toBe(400);
    expect((await response.json()).error.message).toContain(words);
  });

  it('is for people who are logged in', async () => {
    await using t = await createTestHttpServer();
    const visitor = await t.createVisitor();

    const response = await t.request('POST', '/api/api-keys', { token: visitor.token, body: { name: 'laptop' } });

    expect(response.status).toBe(403);
    expect((await response.json()).error.message).toContain('log in');
  });

  it('has nothing at a name that is not mine', async () => {
    await using t = await createTestHttpServer();
    const ada = await createMember(t, 'ada-lovelace');
    const eve = await createMember(t, 'eve-of-spy');
    const key = await createKey(t, ada.token);

    for (const method of ['PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? { body: { is_active: false } } : {};
      expect((await t.request(method, '/api/api-keys/laptop', { token: eve.token, ...body })).status).toBe(404);
    }
    expect((await t.request('GET', '/api/sessions', { token: key })).status).toBe(200);
  });
});

describe('a request with an API key', () => {
  it('is made for its owner, from programs and from allowed websites alike', async () => {
    await using t = await createTestHttpServer();
    const { token, userId } = await createMember(t);
    const key = await createKey(t, token);

    const me = await t.request('GET', '/api/auth/me', { token: key });
    const session = await t.request('POST', '/api/sessions', { token: key, headers: { origin: website } });
    const elsewhere = await t.request('GET', '/api/sessions', {
      token: key,
      headers: { origin: 'https://evil.example' },
    });

    expect((await me.json()).id).toBe(userId);
    expect(session.status).toBe(201);
    expect(elsewhere.status).toBe(403);
  });

  it.each([
    ['GET', '/api/api-keys'],
    ['POST', '/api/api-keys'],
    ['PATCH', '/api/api-keys/laptop'],
    ['DELETE', '/api/api-keys/laptop'],
    ['GET', '/api/auth/logins'],
    ['DELETE', '/api/auth/logins'],
    ['POST', '/api/auth/logout'],
    ['GET', '/api/users/me/identities'],
    ['GET', '/api/users/me/export'],
    ['DELETE', '/api/users/me'],
  ])('may not %s %s', async (method, path) => {
    await using t = await createTestHttpServer();
    const { token } = await createMember(t);
    const key = await createKey(t, token);

    const body = method === 'POST' || method === 'PATCH' ? { body: { name: 'another', is_active: true } } : {};
    const response = await t.request(method, path, { token: key, ...body });

    expect(response.status).toBe(403);
    expect((await response.json()).error.message).toBe('An API key may not do this. Log in, and do it there.');
    expect((await t.request('GET', '/api/auth/me', { token })).status).toBe(200);
  });

  it('cannot become a visitor of the same person', async () => {
    await using t = await createTestHttpServer();
    const { token } = await createMember(t);
    const key = await createKey(t, token);

    expect((await t.request('POST', '/api/visitors', { token: key })).status).toBe(401);
  });

  it('is refused once the key is switched off, deleted, or its owner erased', async () => {
    await using t = await createTestHttpServer();
    const { token } = await createMember(t);
    const key = await createKey(t, token);
    const doomed = await createKey(t, token, { name: 'doomed' });
    const use = async (with_: string) => (await t.request('GET', '/api/sessions', { token: with_ })).status;

    await t.request('PATCH', '/api/api-keys/laptop', { token, body: { is_active: false } });
    expect(await use(key)).toBe(401);
    await t.request('PATCH', '/api/api-keys/laptop', { token, body: { is_active: true } });
    expect(await use(key)).toBe(200);
    await t.request('DELETE', '/api/api-keys/doomed', { token });
    expect(await use(doomed)).toBe(401);
    await t.request('DELETE', '/api/users/me', { token });
    await expect.poll(() => use(key)).toBe(401);
  });

  it('leaves no trace of the key in logs or errors', async () => {
    await using t = await createTestHttpServer();
    const { token } = await createMember(t);
    const key = await createKey(t, token);
    await t.request('GET', '/api/sessions', { token: key });
    await t.request('DELETE', '/api/api-keys/laptop', { token });

    const refused = await (await t.request('GET', '/api/sessions', { token: key })).text();

    expect(refused + JSON.stringify(t.logger.lines)).not.toContain(key.slice(0, 9));
    expect(t.logger.lines.length).toBeGreaterThan(0);
  });
});
