import { request as httpRequest } from 'node:http';
import { generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clientSecret, signAs } from '../support/fake-sign-in-provider.ts';
import { createTestHttpServer, type TestHttpServer } from '../support/test-http-server.ts';
import { createTestBrowser, createTestSignIn, publicUrl } from '../support/test-sign-in.ts';

describe('signing in through a provider withstands', () => {
  let t: TestHttpServer;
  let signIns: Awaited<ReturnType<typeof createTestSignIn>>;
  let fake: typeof signIns.fake;
  beforeAll(async () => {
    signIns = await createTestSignIn();
    fake = signIns.fake;
    t = await createTestHttpServer({ signInProviders: signIns.providers });
  });
  afterEach(() => {
    for (const key of Object.keys(fake.trouble)) delete fake.trouble[key as keyof typeof fake.trouble];
  });
  afterAll(async () => {
    await t[Symbol.asyncDispose]();
    await signIns[Symbol.asyncDispose]();
  });

  type Browser = ReturnType<typeof createTestBrowser>;
  const open = () => createTestBrowser(t.url, fake);
  const LOGIN = '__Host-parley_login';
  const ATTEMPT = '__Host-parley_sign_in';

  /** Goes to the provider as somebody new and stands at our door. */
  async function leave(
    browser: Browser,
    provider: 'github' | 'google' | 'spotify' | 'oidc' = 'github',
  ): Promise<string> {
    browser.become(provider);
    const path = await browser.leave(`/login/${provider}`);
    if (path === null) throw new Error('the provider was not asked');
    return path;
  }
  async function expectRefusal(browser: Browser, path: string, status: number, words: string) {
    const people = await t.db('users').count('* as n').first();
    const response = await browser.comeBack(path);
    const html = await response.text();
    expect({ status: response.status, html }).toMatchObject({ status, html: expect.stringContaining(words) });
    expect(html).toContain('href="/login"');
    expect(browser.cookies.has(LOGIN)).toBe(false);
    expect(await t.db('users').count('* as n').first()).toEqual(people);
  }
  const me = async (browser: Browser) => (await browser.get('/api/auth/me')).json();
  const linked = async (browser: Browser) => (await (await browser.get('/api/users/me/identities')).json()).items;

  it('a callback without an attempt, with a forged one, and with one that is over', async () => {
    const ada = open();
    const path = await leave(ada);
    const attempt = ada.cookies.get(ATTEMPT) ?? '';

    ada.cookies.delete(ATTEMPT);
    await expectRefusal(ada, path, 400, 'not begun in this browser');
    ada.cookies.set(ATTEMPT, `${attempt.slice(0, -4)}AAAA`);
    await expectRefusal(ada, path, 400, 'not begun in this browser');
  });

  it('the swap of state between two attempts, and between two browsers', async () => {
    const [ada, eve] = [open(), open()];
    const paths = { mine: await leave(ada), eves: await leave(eve) };

    await expectRefusal(ada, paths.eves, 400, 'not begun in this browser');
    for (const forged of ['state=forged', 'state=']) {
      const again = await leave(ada);
      await expectRefusal(ada, again.replace(/state=[^&]+/, forged), 400, 'not begun in this browser');
    }
    await expectRefusal(ada, (await leave(ada)).replace(/state=[^&]+/, 'x=y'), 400, 'answers another sign-in');
    await expectRefusal(open(), paths.eves, 400, 'not begun in this browser');
  });

  it('the answer to another provider than the one that was asked', async () => {
    const ada = open();
    const path = await leave(ada);

    await expectRefusal(ada, path.replace('/auth/github', '/auth/google'), 400, 'not begun in this browser');
  });

  it('the replay of a code, also with the attempt it belonged to', async () => {
    const ada = open();
    const path = await leave(ada);
    const attempt = ada.cookies.get(ATTEMPT) ?? '';
    expect((await ada.comeBack(path)).status).toBe(303);

    const thief = open();
    await expectRefusal(thief, path, 400, 'not begun in this browser');
    thief.cookies.set(ATTEMPT, attempt);
    const again = await thief.comeBack(path);

    expect(again.headers.get('location')).toBe('/login/github?next=%2Faccount');
    expect(thief.cookies.has(LOGIN)).toBe(false);
  });

  it('a code of another attempt, whose PKCE verifier this one has not', async () => {
    const [ada, eve] = [open(), open()];
    const stolen = /code=([^&]+)/.exec(await leave(ada))?.[1];
    const path = (await leave(eve)).replace(/code=[^&]+/, `code=${stolen}`);

    await expectRefusal(eve, path, 400, 'start again');
  });

  it.each<[string, Record<string, string>]>([
    ['left out', {}],
    ['of somebody else’s verifier', { code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' }],
    ['in the open', { code_challenge: 'x'.repeat(43), code_challenge_method: 'plain' }],
  ])('a downgrade of PKCE: a code whose challenge was %s', async (_what, change) => {
    const ada = open();
    await leave(ada);
    const url = new URL(ada.lastAuthorizeUrl() ?? '');
    expect(url.searchParams.get('code_challenge_method')).toBe('S256');
    expect(url.searchParams.get('code_challenge')).toMatch(/^[\w-]{43}$/);
    for (const name of ['code_challenge', 'code_challenge_method']) url.searchParams.delete(name);
    for (const [name, value] of Object.entries(change)) url.searchParams.set(name, value);
    const back = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '');

    await expectRefusal(ada, back.pathname + back.search, 400, 'start again');

    expect(fake.lastTokenRequest?.get('code_verifier')).toMatch(/^[\w-]{43}$/);
  });

  it('a stolen code at a provider that does not look at PKCE: the ID token names the attempt', async () => {
    fake.trouble.ignoresPkce = true;
    const [ada, eve] = [open(), open()];
    const stolen = /code=([^&]+)/.exec(await leave(ada, 'oidc'))?.[1];
    const path = (await leave(eve, 'oidc')).replace(/code=[^&]+/, `code=${stolen}`);

    await expectRefusal(eve, path, 502, 'cannot be used');
  });

  describe('an ID token of Google', () => {
    it.each<[string, (claims: JWTPayload) => JWTPayload]>([
      ['of another attempt', (claims) => ({ ...claims, nonce: 'of-somebody-else' })],
      ['of no attempt', ({ nonce: _nonce, ...claims }) => claims],
      ['for somebody else', (claims) => ({ ...claims, aud: 'another-client' })],
      ['that has expired', (claims) => ({ ...claims, exp: Math.floor(Date.now() / 1000) - 600 })],
      ['of a person other than the one whose profile comes with it', (claims) => ({ ...claims, sub: 'another' })],
    ])('%s', async (_what, change) => {
      fake.trouble.forgeIdToken = (claims) => fake.sign(change(claims));
      const ada = open();

      await expectRefusal(ada, await leave(ada, 'google'), 502, 'cannot be used');
    });

    it('that is none', async () => {
      fake.trouble.forgeIdToken = () => 'no-token';
      const ada = open();

      await expectRefusal(ada, await leave(ada, 'google'), 502, 'cannot be used');
    });
  });

  it('an answer of one provider at the door of another', async () => {
    const ada = open();
    const path = await leave(ada);

    await expectRefusal(ada, path.replace('github', 'spotify'), 400, 'not begun in this browser');
  });

  it('an answer that names another issuer', async () => {
    const ada = open();

    await expectRefusal(ada, `${await leave(ada, 'oidc')}&iss=https%3A%2F%2Fevil.example`, 502, 'cannot be used');
  });

  describe('an ID token', () => {
    const refuses = async (forgeIdToken: (claims: JWTPayload) => Promise<string> | string) => {
      fake.trouble.forgeIdToken = forgeIdToken;
      const ada = open();
      await expectRefusal(ada, await leave(ada, 'oidc'), 502, 'cannot be used');
    };
    it.each(['audience', 'nonce'] as const)('for another %s', async (name) => {
      fake.trouble[name] = 'of-somebody-else';
      const ada = open();

      await expectRefusal(ada, await leave(ada, 'oidc'), 502, 'cannot be used');
    });

    it('of another issuer', () => refuses((claims) => fake.sign({ ...claims, iss: 'https://accounts.example' })));

    it('that has expired', () =>
      refuses((claims) => fake.sign({ ...claims, exp: Math.floor(Date.now() / 1000) - 600 })));

    it('without a subject, or without a nonce', async () => {
      await refuses(({ sub: _sub, ...claims }) => fake.sign(claims));
      await refuses(({ nonce: _nonce, ...claims }) => fake.sign(claims));
    });

    it('that is not signed', () => refuses((claims) => new UnsecuredJWT(claims).encode()));

    it('signed with the client’s secret, as with another algorithm', () =>
      refuses((claims) =>
        new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(clientSecret)),
      ));

    it('of a person other than the one whose profile comes with it', () =>
      refuses((claims) => fake.sign({ ...claims, sub: 'somebody-else' })));

    it('signed with the key of somebody else', async () => {
      const { privateKey } = await generateKeyPair('RS256');
      await refuses((claims) => signAs(privateKey, claims));
    });
  });

  it('a login that changed on the way', async () => {
    const ada = open();
    await ada.signIn('github');
    const login = ada.cookies.get(LOGIN) ?? '';
    ada.cookies.delete(LOGIN);
    const path = await leave(ada, 'spotify');
    ada.cookies.set(LOGIN, login);

    const response = await ada.comeBack(path);

    expect(response.status).toBe(400);
    expect(await response.text()).toContain('logged in or out meanwhile');
    expect(await linked(ada)).toHaveLength(1);
  });

  it('a cookie planted before: whoever signs in gets a new one, and the old opens nothing of theirs', async () => {
    const [ada, eve] = [open(), open()];
    await eve.signIn('github');
    const planted = eve.cookies.get(LOGIN) ?? '';
    const path = await leave(ada, 'spotify');
    ada.cookies.set(LOGIN, planted);
    expect((await ada.comeBack(path)).status).toBe(400);

    ada.cookies.clear();
    ada.cookies.set(LOGIN, 'chosen-by-somebody-else');
    await ada.signIn('spotify');

    expect(ada.cookies.get(LOGIN)).not.toBe('chosen-by-somebody-else');
    expect(ada.cookies.get(LOGIN)).not.toBe(planted);
    expect((await me(ada)).id).not.toBe((await me(eve)).id);
    expect(await linked(eve)).toHaveLength(1);
  });

  it('an attempt planted before: its answer has to come from the same attempt', async () => {
    const [ada, eve] = [open(), open()];
    const evesPath = await leave(eve);
    const adasPath = await leave(ada);
    ada.cookies.set(ATTEMPT, eve.cookies.get(ATTEMPT) ?? '');

    await expectRefusal(ada, adasPath, 400, 'not begun in this browser');
    expect(evesPath).not.toBe(adasPath);
  });

  it.each(['cross-site', 'same-site'])('a link on another website (%s) that would link an account', async (site) => {
    const ada = open();
    await ada.signIn('github');

    expect(await ada.leave('/login/spotify', { site })).toBeNull();
    expect(await linked(ada)).toHaveLength(1);
  });

  it.each([
    'https://evil.example/account',
    'https:evil.example',
    '//evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '/%09/evil.example',
    '/\t/evil.example',
    '/.//evil.example',
    '/..//evil.example',
    '%2F%2Fevil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '/login\r\nset-cookie: a=b',
    '@evil.example',
    '/@evil.example/..//evil.example',
  ])('being sent on to %j', async (next) => {
    const ada = open();
    ada.become('github');
    const path = await ada.leave(`/login/github?next=${encodeURIComponent(next)}`);

    const { headers } = await ada.comeBack(path ?? '');

    expect(new URL(headers.get('location') ?? '', publicUrl).origin).toBe(publicUrl);
    expect(headers.get('set-cookie')).not.toContain('a=b');
  });

  it('a Host of somebody else: people come back to our own address only', async () => {
    const location = await new Promise<string>((resolve, reject) => {
      const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' };
      const sent = httpRequest(`${t.url}/login/github`, { headers }, (response) => {
        response.resume();
        resolve(response.headers.location ?? '');
      });
      sent.on('error', reject).end();
    });

    expect(new URL(location).searchParams.get('redirect_uri')).toBe(`${publicUrl}/auth/github`);
  });

  it('words in the callback that would be shown as ours', async () => {
    const ada = open();
    const path = await leave(ada);
    const query = new URLSearchParams({ state: /state=([^&]+)/.exec(path)?.[1] ?? '', error: 'server_error' });
    query.set('error_description', '<script>alert(1)</script> Send your password to evil.example');

    const html = await (await ada.comeBack(`/auth/github?${query}`)).text();

    expect(html).not.toContain('alert(1)');
    expect(html).not.toContain('evil.example');
  });
});
