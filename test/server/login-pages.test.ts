import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toLocalPath } from '../../server/local-path.ts';
import { createTestHttpServer, type TestHttpServer, website } from '../support/test-http-server.ts';

const password = 'correct horse 7 staple';
const own = { origin: 'https://parley.example', 'sec-fetch-site': 'same-origin' };

describe('the pages for signing in', () => {
  let t: TestHttpServer;
  let people = 0;
  beforeAll(async () => {
    t = await createTestHttpServer();
  });
  afterAll(() => t[Symbol.asyncDispose]());

  const submit = (path: string, fields: Record<string, string>, headers: Record<string, string> = own) =>
    fetch(t.url + path, { method: 'POST', body: new URLSearchParams(fields), headers, redirect: 'manual' });
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(t.url + path, { headers, redirect: 'manual' });
  const cookieOf = (response: Response) => response.headers.get('set-cookie')?.split(';')[0] ?? '';

  async function register() {
    people += 1;
    const username = `page-${people}-person`;
    const response = await submit('/register', { username, password });
    expect(response.status).toBe(303);
    return { username, cookie: cookieOf(response) };
  }

  it('load nothing but our own stylesheet and script, have nothing inline, and are never kept', async () => {
    const response = await get('/login');
    const html = await response.text();

    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(response.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(html).not.toMatch(/<style|style=|\son\w+=/);
    expect(html.match(/<script.*/g)).toEqual(['<script src="/pages.js" defer></script>']);
  });

  it('register and log in with a cookie that scripts cannot read, then go on', async () => {
    const { username } = await register();

    const response = await submit('/login', { username, password, next: '/account?x=1' });

    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/account?x=1');
    expect(response.headers.get('set-cookie')).toMatch(
      /^__Host-parley_login=[\w-]{43}; Max-Age=\d+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/,
    );
    const account = await get('/account', { cookie: cookieOf(response) });
    expect(await account.text()).toContain(username);
  });

  it('answer their own script in JSON, with the cookie or with what is wrong', async () => {
    const headers = { ...own, accept: 'application/json' };
    const fields = { username: 'page.in.json', email: 'json@example.com', password, next: '//evil.example' };

    const refused = await submit('/register', { ...fields, password: 'short' }, headers);
    const registered = await submit('/register', fields, headers);
    const loggedIn = await submit('/login', { username: fields.email, password, next: '/' }, headers);

    expect(refused.status).toBe(400);
    expect((await refused.json()).error.message).toBe('password must have at least 10 characters.');
    expect(cookieOf(refused)).toBe('');
    expect(await registered.json()).toEqual({ next: '/account' });
    expect(await loggedIn.json()).toEqual({ next: '/' });
    expect(cookieOf(loggedIn)).toMatch(/^__Host-parley_login=/);
  });

  it('show a refusal above the form, as text', async () => {
    const response = await submit('/login', { username: 'nobody', password: 'wrong', next: '/"><script>' });
    const html = await response.text();

    expect(response.status).toBe(401);
    expect(html).toContain('The username or the password is wrong.');
    expect(html).not.toContain('"><script');
    expect(cookieOf(response)).toBe('');
  });

  it('send to the login who has none, and back', async () => {
    expect((await get('/account')).headers.get('location')).toBe('/login?next=%2Faccount');
    expect(await (await get('/login?next=%2Faccount')).text()).toContain('name="next" value="/account"');
  });

  it('log out here, and at once', async () => {
    const { cookie } = await register();

    const response = await get('/logout', { cookie, 'sec-fetch-site': 'same-origin' });

    expect(response.headers.get('location')).toBe('/login');
    expect((await get('/account', { cookie })).status).toBe(303);
  });

  it('do not log out by a link on another website, but ask', async () => {
    const { cookie } = await register();

    const response = await get('/logout', { cookie, 'sec-fetch-site': 'cross-site' });

    expect(await response.text()).toContain('action="/logout"');
    expect((await get('/account', { cookie })).status).toBe(200);
  });

  it('end the login that the browser had before, and never take a cookie it brings', async () => {
    const before = await register();
    const fixed = '__Host-parley_login=chosen-by-somebody-else';

    const response = await submit('/login', { username: before.username, password }, { ...own, cookie: fixed });
    expect(cookieOf(response)).not.toBe(fixed);
    expect((await get('/account', { cookie: fixed })).status).toBe(303);

    await submit('/login', { username: before.username, password }, { ...own, cookie: before.cookie });
    expect((await get('/account', { cookie: before.cookie })).status).toBe(303);
  });

  it('log out elsewhere, but only where one is logged in oneself', async () => {
    const ada = await register();
    const phone = cookieOf(await submit('/login', { username: ada.username, password }));
    const html = await (await get('/account', { cookie: ada.cookie })).text();
    const action = /action="(\/account\/logins\/[^"]+)"/.exec(html)?.[1] ?? '';
    const eve = await register();

    expect((await submit(action, {}, { ...own, cookie: eve.cookie })).status).toBe(404);
    expect((await get('/account', { cookie: phone })).status).toBe(200);
    expect((await submit(action, {}, { ...own, cookie: ada.cookie })).status).toBe(303);
    expect((await get('/account', { cookie: phone })).status).toBe(303);
  });

  it.each([
    ['another website', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a listed website', { origin: website }],
    ['a neighbour on the domain', { origin: 'https://parley.example', 'sec-fetch-site': 'same-site' }],
    ['a page without an origin', { origin: 'null' }],
    ['nowhere', {}],
  ])('refuse forms sent by %s', async (_, headers) => {
    for (const path of ['/login', '/register', '/logout', '/account/logins/x/end']) {
      const response = await submit(path, { username: 'csrf-victim', password }, headers);
      expect(response.status).toBe(403);
      expect(cookieOf(response)).toBe('');
    }
  });

  describe('and their cookie in the API', () => {
    const csrf = { 'x-parley-csrf': '1' };

    it('stands for an access token', async () => {
      const { username, cookie } = await register();

      expect(await (await get('/api/auth/me', { cookie })).json()).toMatchObject({ username });
      expect((await t.request('POST', '/api/sessions', { headers: { cookie, ...own, ...csrf } })).status).toBe(201);
      expect((await t.request('POST', '/api/auth/logout', { headers: { cookie, ...own, ...csrf } })).status).toBe(204);
      expect((await get('/api/auth/me', { cookie })).status).toBe(401);
    });

    it.each([
      ['without the header', own],
      ['from another website', { ...csrf, origin: website, 'sec-fetch-site': 'cross-site' }],
      ['without an origin', csrf],
    ])('changes nothing %s', async (_, headers: Record<string, string>) => {
      const { cookie } = await register();

      expect((await t.request('POST', '/api/sessions', { headers: { cookie, ...headers } })).status).toBe(403);
    });

    it('is not read on behalf of a listed website', async () => {
      const { cookie } = await register();

      expect((await get('/api/auth/me', { cookie, origin: website })).status).toBe(403);
    });
  });

  it.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/.//evil.example',
    '\\\\evil.example',
    'javascript:alert(1)',
    'account',
    '',
    undefined,
    ['/a', '/b'],
    `/${'a'.repeat(600)}`,
  ])('go on to our own account page when told to go to %j', (next) => {
    expect(toLocalPath(next)).toBe('/account');
  });
});
