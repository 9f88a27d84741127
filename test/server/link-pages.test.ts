import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUsers } from '../../core/users/users.ts';
import { createTestHttpServer, type TestHttpServer } from '../support/test-http-server.ts';

const own = { origin: 'https://parley.example', 'sec-fetch-site': 'same-origin' };
const password = 'a long enough passphrase';

describe('the page that asks whether two are one person', () => {
  let t: TestHttpServer;
  let people = 0;
  function next(): number {
    people += 1;
    return people;
  }
  beforeAll(async () => {
    t = await createTestHttpServer();
  });
  afterAll(() => t[Symbol.asyncDispose]());

  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(t.url + path, { headers, redirect: 'manual' });
  const post = (path: string, fields: Record<string, string>, headers: Record<string, string>) =>
    fetch(t.url + path, { method: 'POST', body: new URLSearchParams(fields), headers, redirect: 'manual' });

  /** Somebody who is logged in in a browser. */
  async function logIn(username = `ada${next()}`) {
    const response = await post('/register', { username, password }, own);
    const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const { id } = await (await get('/api/auth/me', { cookie })).json();
    return { username, cookie, userId: id as string };
  }

  /** Somebody on Discord who has asked for a link. */
  async function askOnDiscord(displayName = 'Ada on Discord', pictureUrl: string | null = null) {
    const identity = { platform: 'discord' as const, platformUserId: `d${next()}`, displayName };
    const { id } = await createUsers({ db: t.db }).findOrCreate(identity);
    await t.db('sessions').insert({ id: crypto.randomUUID(), user_id: id, platform: 'discord', title: 'Bikes' });
    const { url } = await t.links.create({ userId: id, identity: { ...identity, pictureUrl } });
    return { userId: id, path: new URL(url).pathname };
  }
  const sessionsOf = async (cookie: string) => (await (await get('/api/sessions', { cookie })).json()).items;

  it('shows both by name, picture and number of chats, and links them when told to', async () => {
    const ada = await logIn();
    const { path } = await askOnDiscord('Ada <b>', 'https://cdn.example/a.png');

    const page = await get(path, { cookie: ada.cookie });
    const html = await page.text();
    const done = await post(path, { me: ada.userId, answer: 'link' }, { ...own, cookie: ada.cookie });

    expect(html).toContain('<strong><bdi>Ada &#60;b&#62;</bdi></strong> on Discord');
    expect(html).toContain(`<strong><bdi>${ada.username}</bdi></strong> on this website`);
    expect(html).toContain('<img src="https://cdn.example/a.png" alt=""');
    expect(html).toContain('1 chat on Discord and 0 chats here');
    expect(page.headers.get('content-security-policy')).toContain("img-src 'self' data: https://cdn.example;");
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(await done.text()).toContain('You are linked');
    expect(await sessionsOf(ada.cookie)).toMatchObject([{ title: 'Bikes', platform: 'discord' }]);
  });

  it('keeps a name that turns text around from doing so beside it', async () => {
    const ada = await logIn();
    const { path } = await askOnDiscord('\u202eadA');

    const html = await (await get(path, { cookie: ada.cookie })).text();

    expect(html).toContain('\u202e');
    expect(html.replace(/<bdi>[^<]*<\/bdi>/g, '')).not.toContain('\u202e');
  });

  it('sends whoever is not logged in to log in, and back', async () => {
    const { path } = await askOnDiscord();

    const response = await get(path);
    const toLogin = response.headers.get('location') ?? '';
    const form = await (await get(toLogin)).text();
    const loggedIn = await post('/register', { username: `eva${next()}`, password, next: path }, own);

    expect(response.status).toBe(303);
    expect(toLogin).toBe(`/login?next=${encodeURIComponent(path)}`);
    expect(form).toContain(`value="${path}"`);
    expect(loggedIn.headers.get('location')).toBe(path);
  });

  it('is used up by nobody who only looks, prefetches, unfolds or checks it', async () => {
    const ada = await logIn();
    const { path } = await askOnDiscord();

    await get(path, { 'user-agent': 'Slackbot-LinkExpanding 1.0' });
    await get(path, { cookie: ada.cookie, 'sec-purpose': 'prefetch' });
    await fetch(t.url + path, { method: 'HEAD', headers: { cookie: ada.cookie } });

    const page = await get(path, { cookie: ada.cookie });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Are these both you?');
  });

  it('is void after a no', async () => {
    const ada = await logIn();
    const { path } = await askOnDiscord();

    const no = await post(path, { me: ada.userId, answer: 'cancel' }, { ...own, cookie: ada.cookie });

    expect(await no.text()).toContain('Nothing was linked');
    expect((await get(path, { cookie: ada.cookie })).status).toBe(404);
    expect(await sessionsOf(ada.cookie)).toEqual([]);
  });

  it('says which username ends where both have one', async () => {
    const [ada, other] = [await logIn(), await logIn()];
    const link = await t.request('POST', '/api/links', {
      headers: { cookie: other.cookie, ...own, 'x-parley-csrf': '1' },
    });
    const path = new URL((await link.json()).url).pathname;

    const html = await (await get(path, { cookie: ada.cookie })).text();

    expect(html).toContain(`logging in as <strong>${ada.username}</strong>`);
    expect(html).toContain(`username <strong>${other.username}</strong> and its password end`);
  });

  it('tells whoever opens their own that there is nothing to do', async () => {
    const ada = await logIn();
    const { url } = await t.links.create({ userId: ada.userId });

    const page = await get(new URL(url).pathname, { cookie: ada.cookie });

    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Already linked');
  });

  it('tells how to go on when the address does not work: unknown, replaced, too old, used', async () => {
    const [ada, eva] = [await logIn(), await logIn()];
    const replaced = await askOnDiscord();
    await t.links.create({ userId: replaced.userId });
    const old = await askOnDiscord();
    await t
      .db('link_codes')
      .where({ user_id: old.userId })
      .update({ expires_at: new Date(Date.now() - 1) });
    const used = await askOnDiscord();
    await post(used.path, { me: ada.userId, answer: 'link' }, { ...own, cookie: ada.cookie });

    for (const path of ['/link/nonsense', `/link/${'A'.repeat(22)}`, replaced.path, old.path, used.path]) {
      const page = await get(path, { cookie: eva.cookie });
      expect({ path, status: page.status }).toEqual({ path, status: 404 });
      const html = await page.text();
      expect(html).toContain('does not work any more');
      expect(html).toContain('href="/account"');
      const answer = await post(path, { me: eva.userId, answer: 'link' }, { ...own, cookie: eva.cookie });
      expect(answer.status).toBe(404);
    }
    expect(await sessionsOf(eva.cookie)).toEqual([]);
  });

  it('answers a yes that is sent again as what it is: done', async () => {
    const ada = await logIn();
    const { path } = await askOnDiscord();
    const yes = () => post(path, { me: ada.userId, answer: 'link' }, { ...own, cookie: ada.cookie });

    const answers = await Promise.all([yes(), yes(), yes()]);

    const pages = await Promise.all(answers.map((answer) => answer.text()));
    expect(pages.filter((html) => html.includes('You are linked'))).toHaveLength(1);
    expect(pages.filter((html) => html.includes('Already linked'))).toHaveLength(2);
    expect(await sessionsOf(ada.cookie)).toHaveLength(1);
  });

  it('links one of two who say yes at once', async () => {
    const [ada, eva] = [await logIn(), await logIn()];
    const { path } = await askOnDiscord();

    const answers = await Promise.all(
      [ada, eva].map((who) => post(path, { me: who.userId, answer: 'link' }, { ...own, cookie: who.cookie })),
    );

    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 404]);
    expect([...(await sessionsOf(ada.cookie)), ...(await sessionsOf(eva.cookie))]).toHaveLength(1);
  });

  it('takes an answer from our own page only, by the one it was shown to', async () => {
    const [ada, eva] = [await logIn(), await logIn()];
    const { path } = await askOnDiscord();
    const fields = { me: ada.userId, answer: 'link' };
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', cookie: ada.cookie };

    expect((await post(path, fields, foreign)).status).toBe(403);
    expect((await post(path, fields, { ...own, cookie: eva.cookie })).status).toBe(409);
    expect((await post(path, { me: ada.userId }, { ...own, cookie: ada.cookie })).status).toBe(400);
    expect((await post(path, fields, own)).headers.get('location')).toContain('/login?next=');
    expect((await get(path, { cookie: ada.cookie })).status).toBe(200);
  });

  it('gives no way to link with a token: agreeing needs the browser of who is logged in', async () => {
    const { path } = await askOnDiscord();
    const login = { username: `tok${next()}`, password };
    const registered = await (await t.request('POST', '/api/auth/register', { body: login })).json();

    const response = await post(
      path,
      { me: registered.user.id, answer: 'link' },
      {
        ...own,
        authorization: `Bearer ${registered.access_token}`,
      },
    );

    expect(response.headers.get('location')).toContain('/login?next=');
  });

  it('slows down whoever tries many', async () => {
    await using slow = await createTestHttpServer();
    const response = await fetch(`${slow.url}/register`, {
      method: 'POST',
      body: new URLSearchParams({ username: 'guesser', password }),
      headers: own,
      redirect: 'manual',
    });
    const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const guess = (n: number) => fetch(`${slow.url}/link/${String(n).padStart(22, 'A')}`, { headers: { cookie } });

    const statuses: number[] = [];
    for (let n = 0; n < 31; n += 1) statuses.push((await guess(n)).status);

    expect(statuses.slice(0, 30).every((status) => status === 404)).toBe(true);
    expect(statuses[30]).toBe(429);
  });
});
