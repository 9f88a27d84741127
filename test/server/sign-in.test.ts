import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSignInProviders } from '../../composition/create-sign-in-providers.ts';
import { parseConfig } from '../../config.ts';
import { createUsers } from '../../core/users/users.ts';
import { clientId } from '../support/fake-sign-in-provider.ts';
import { createTestHttpServer, type TestHttpServer } from '../support/test-http-server.ts';
import { createTestBrowser, createTestSignIn, PEOPLE, publicUrl } from '../support/test-sign-in.ts';

const own = { origin: publicUrl, 'sec-fetch-site': 'same-origin' };

describe('signing in through a provider', () => {
  let t: TestHttpServer;
  let signIns: Awaited<ReturnType<typeof createTestSignIn>>;
  let fake: typeof signIns.fake;
  let ids = 1000;
  beforeAll(async () => {
    signIns = await createTestSignIn();
    fake = signIns.fake;
    t = await createTestHttpServer({ signInProviders: signIns.providers });
  });
  afterAll(async () => {
    await t[Symbol.asyncDispose]();
    await signIns[Symbol.asyncDispose]();
  });

  const get = (path: string, cookie = '') => fetch(t.url + path, { headers: { cookie }, redirect: 'manual' });
  function cookieOf(response: Response, name: string): string {
    const found = response.headers.getSetCookie().find((cookie) => cookie.startsWith(`__Host-${name}=`));
    return found?.split(';')[0] ?? '';
  }
  function become(provider: keyof typeof PEOPLE): string {
    ids += 1;
    fake.person = PEOPLE[provider](String(ids));
    return String(ids);
  }

  /** Goes to the provider and comes back to our door, without going in yet. */
  async function walk(provider: string, cookie = '', next = '/account') {
    const begun = await get(`/login/${provider}?next=${encodeURIComponent(next)}`, cookie);
    expect(begun.status).toBe(303);
    const there = await fetch(begun.headers.get('location') ?? '', { redirect: 'manual' });
    const back = new URL(there.headers.get('location') ?? '');
    expect(back.origin).toBe(own.origin);
    return { begun, path: back.pathname + back.search, attempt: cookieOf(begun, 'parley_sign_in') };
  }
  async function signIn(provider: string, cookie = '') {
    const { path, attempt } = await walk(provider, cookie);
    const response = await get(path, `${attempt}; ${cookie}`);
    return { response, cookie: cookieOf(response, 'parley_login') };
  }
  const me = async (cookie: string) => (await get('/api/auth/me', cookie)).json();
  const identities = async (cookie: string) => (await (await get('/api/users/me/identities', cookie)).json()).items;
  async function expectPage(response: Response, status: number, words: string) {
    const html = await response.text();
    expect({ status: response.status, html }).toMatchObject({ status, html: expect.stringContaining(words) });
    expect(html).toContain('href="/login"');
    expect(cookieOf(response, 'parley_login')).toBe('');
  }

  it.each(Object.keys(PEOPLE) as (keyof typeof PEOPLE)[])(
    'creates a person at the first sign-in with %s and finds them again',
    async (provider) => {
      const id = become(provider);

      const first = await signIn(provider);
      const second = await signIn(provider);

      expect(first.response.headers.get('location')).toBe('/account');
      const person = await me(first.cookie);
      expect(person).toMatchObject({ username: null, display_name: 'Ada' });
      expect((await me(second.cookie)).id).toBe(person.id);
      const [identity] = await t.db('identities').where({ user_id: person.id });
      expect(identity.platform_user_id.replace(/^.*[ :]/, '')).toBe(id);
      expect(identity.tokens).toMatch(/^v1\./);
      expect(fake.lastTokenRequest?.get('code_verifier')).toMatch(/^[\w-]{43}$/);
    },
  );

  it('offers those that are configured, and no others', async () => {
    const html = await (await get('/login')).text();
    expect(html.match(/href="\/login\/\w+\?/g)).toHaveLength(7);
    expect(html).toContain('Continue with Our company');

    await using bare = await createTestHttpServer();
    expect(await (await bare.request('GET', '/login')).text()).not.toContain('Continue with');
    expect((await bare.request('GET', '/login/github')).status).toBe(404);
  });

  it('asks GitHub for the address that a profile keeps to itself, and takes none that is not proven', async () => {
    const primary = { email: 'ada@private.example', primary: true, verified: true };
    const emails = [{ email: 'old@private.example', primary: false, verified: true }, primary];
    become('github');
    fake.emails = emails;
    const ada = await me((await signIn('github')).cookie);
    become('github');
    fake.emails = [{ ...primary, verified: false }];
    const eve = await me((await signIn('github')).cookie);
    become('github');
    fake.emails = null;
    const bob = await me((await signIn('github')).cookie);

    expect([ada.email, eve.email, bob.email]).toEqual(['ada@private.example', null, null]);
  });

  it('does not mind how a provider without discovery names itself', async () => {
    become('github');
    const { path, attempt } = await walk('github');

    const response = await get(`${path}&iss=https%3A%2F%2Fgithub.com%2Flogin%2Foauth`, attempt);

    expect(response.status).toBe(303);
  });

  it('does not link by email address', async () => {
    become('google');
    const google = await me((await signIn('google')).cookie);
    become('oidc');

    const other = await me((await signIn('oidc')).cookie);

    expect(other.email).toBe(google.email);
    expect(other.id).not.toBe(google.id);
  });

  it('links to whoever is logged in, and unlinks all but the last way to sign in', async () => {
    become('github');
    const { cookie } = await signIn('github');
    become('spotify');

    await signIn('spotify', cookie);

    const linked = await identities(cookie);
    expect(linked.map(({ platform }: { platform: string }) => platform)).toEqual(['github', 'spotify']);
    expect(await (await get('/account', cookie)).text()).toContain('spotify: ');
    const unlink = (id: string) =>
      t.request('DELETE', `/api/users/me/identities/${id}`, { headers: { cookie, ...own, 'x-parley-csrf': '1' } });
    const statuses = await Promise.all(linked.map(async ({ id }: { id: string }) => (await unlink(id)).status));
    expect(statuses.sort()).toEqual([204, 409]);
    expect(await identities(cookie)).toHaveLength(1);
  });

  it('shows nobody the accounts of another, nor lets them unlink those', async () => {
    become('github');
    const ada = await signIn('github');
    const [mine] = await identities(ada.cookie);
    const eve = await t.createVisitor();

    expect((await t.request('DELETE', `/api/users/me/identities/${mine.id}`, eve)).status).toBe(404);
    expect((await (await t.request('GET', '/api/users/me/identities', eve)).json()).items).toEqual([]);
  });

  it('asks when an account is another person here, and makes both one after a yes', async () => {
    become('github');
    const ada = await signIn('github');
    const githubOfAda = fake.person;
    become('spotify');
    const here = await signIn('spotify');
    fake.person = githubOfAda;

    const { response } = await signIn('github', here.cookie);

    const path = response.headers.get('location') ?? '';
    expect(path).toMatch(/^\/link\/[\w-]{22}$/);
    expect(await (await get(path, here.cookie)).text()).toContain('<strong><bdi>Ada</bdi></strong> on GitHub');
    expect(await identities(here.cookie)).toHaveLength(1);
    expect(await identities(ada.cookie)).toHaveLength(1);

    const fields = { me: (await me(here.cookie)).id, answer: 'link' };
    await fetch(t.url + path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { ...own, cookie: here.cookie },
    });

    const linked = await identities(here.cookie);
    expect(linked.map(({ platform }: { platform: string }) => platform).toSorted()).toEqual(['github', 'spotify']);
    // Whoever was logged in as the other one logs in again, and is the same person.
    expect((await get('/api/auth/me', ada.cookie)).status).toBe(401);
    expect((await me((await signIn('github')).cookie)).id).toBe(fields.me);
  });

  it.each([
    ['discord', '4201', '4201'],
    ['twitch', '4202', '4202'],
    ['slack', 'U77', 'T1:U77'],
  ] as const)('is on %s the very person the bot knows', async (provider, id, platformUserId) => {
    const users = createUsers({ db: t.db });
    const known = await users.findOrCreate({ platform: provider, platformUserId, displayName: 'Ada' });
    fake.person = PEOPLE[provider]?.(id) ?? {};

    const { cookie } = await signIn(provider);

    expect((await me(cookie)).id).toBe(known.id);
  });

  describe('in several tabs', () => {
    const wander = () => createTestBrowser(t.url, fake);
    const leave = async (browser: ReturnType<typeof wander>, path: string) => (await browser.leave(path)) ?? '';

    it('works in each, in whatever order they come back', async () => {
      const browser = wander();
      browser.become('github');
      const first = await leave(browser, '/login/github?next=/account');
      const second = await leave(browser, '/login/github?next=/docs');

      const answers = [await browser.comeBack(second), await browser.comeBack(first)];

      expect(answers.map((answer) => answer.headers.get('location'))).toEqual(['/docs', '/account']);
      expect((await browser.get('/api/auth/me')).status).toBe(200);
    });

    it('does not make one person of two that logged in side by side', async () => {
      const browser = wander();
      browser.become('github');
      const first = await leave(browser, '/login/github');
      browser.become('spotify');
      const second = await leave(browser, '/login/spotify');
      await browser.comeBack(first);

      await expectPage(await browser.comeBack(second), 400, 'logged in or out meanwhile');
    });

    it('goes on to where the person wanted to be when an answer comes twice', async () => {
      const browser = wander();
      browser.become('github');
      const back = await leave(browser, '/login/github?next=/docs');
      await browser.comeBack(back);

      const again = await browser.comeBack(back);

      expect([again.status, again.headers.get('location')]).toEqual([303, '/docs']);
      expect((await browser.get('/api/auth/me')).status).toBe(200);
    });

    it('logs in once, and refuses nobody, when an answer comes twice at once', async () => {
      const browser = wander();
      browser.become('oidc');
      const back = await leave(browser, '/login/oidc?next=/docs');

      const answers = await Promise.all([browser.comeBack(back), browser.comeBack(back)]);

      expect(answers.map(({ status }) => status)).toEqual([303, 303]);
      const places = answers.map(({ headers }) => headers.get('location'));
      expect(places).toContain('/docs');
      for (const place of places) expect(['/docs', '/login/oidc?next=%2Fdocs']).toContain(place);
      expect((await (await browser.get('/api/auth/logins')).json()).items ?? []).toHaveLength(1);
    });

    it('says again why an answer was refused', async () => {
      const browser = wander();
      fake.trouble.deny = true;
      const back = await leave(browser, '/login/github');
      fake.trouble.deny = false;

      await expectPage(await browser.comeBack(back), 403, 'You have not let GitHub sign you in');
      await expectPage(await browser.comeBack(back), 403, 'You have not let GitHub sign you in');
    });
  });

  it('goes on at once after the provider has changed its key', async () => {
    become('oidc');
    expect((await signIn('oidc')).response.status).toBe(303);
    await fake.rotateKey();
    become('oidc');

    expect((await signIn('oidc')).response.status).toBe(303);
  });

  it('takes empty claims for missing ones', async () => {
    become('oidc');
    fake.person = { ...fake.person, name: '', preferred_username: 'ada', email: '', picture: '' };

    const person = await me((await signIn('oidc')).cookie);

    expect(person).toMatchObject({ display_name: 'ada', email: null });
  });

  describe('logging out', () => {
    const logOut = (cookie: string) =>
      fetch(`${t.url}/logout`, { method: 'POST', headers: { ...own, cookie }, redirect: 'manual' });

    it('offers to end the session at a provider that has a place for it', async () => {
      await using ending = await createTestSignIn();
      ending.fake.trouble.endsSessions = true;
      await using server = await createTestHttpServer({ signInProviders: ending.providers });
      const browser = createTestBrowser(server.url, ending.fake);
      await browser.signIn('oidc');

      const answer = await browser.request('/logout', { method: 'POST', headers: own });
      const html = await answer.text();

      const address = /href="(http[^"]+\/end-session[^"]*)"/.exec(html)?.[1]?.replace(/&(?:amp|#38);/g, '&') ?? '';
      expect(Object.fromEntries(new URL(address).searchParams)).toEqual({
        client_id: clientId,
        post_logout_redirect_uri: `${publicUrl}/login`,
      });
      expect(html).toContain('Log out of Our company, too');
      expect((await browser.get('/api/auth/me')).status).toBe(401);
    });

    it('goes to the login page where there is nothing to end', async () => {
      become('oidc');
      const { cookie } = await signIn('oidc');

      const answer = await logOut(cookie);

      expect([answer.status, answer.headers.get('location')]).toEqual([303, '/login']);
    });
  });

  describe('ends in a page with a way on', () => {
    it('when consent is denied', async () => {
      fake.trouble.deny = true;
      const { response } = await signIn('github');
      fake.trouble.deny = false;

      await expectPage(response, 403, 'You have not let GitHub sign you in');
    });

    it('when consent is denied without a word of the attempt', async () => {
      const { attempt } = await walk('github');

      await expectPage(
        await get('/auth/github?error=access_denied', attempt),
        403,
        'You have not let GitHub sign you in',
      );
    });

    it('when the provider errs, also with status 200 as GitHub and Slack do', async () => {
      for (const [tokenStatus, tokenBody] of [
        [500, {}],
        [200, { error: 'bad_verification_code' }],
        [200, { ok: false, error: 'invalid_code' }],
      ] as const) {
        Object.assign(fake.trouble, { tokenStatus, tokenBody });
        const { response } = await signIn('github');
        delete fake.trouble.tokenStatus;
        await expectPage(response, 502, 'GitHub');
      }
    });

    it('when the provider cannot be reached', async () => {
      const env = {
        PUBLIC_URL: own.origin,
        OIDC_ISSUER: 'http://127.0.0.1:9',
        OIDC_CLIENT_ID: 'a',
        OIDC_CLIENT_SECRET: 'b',
      };
      const signInProviders = await createSignInProviders(parseConfig(env), { clock: { now: () => new Date() } });
      await using away = await createTestHttpServer({ signInProviders });

      await expectPage(await away.request('GET', '/login/oidc'), 502, 'cannot be reached');
    });
  });
});
