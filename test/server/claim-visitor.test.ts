import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccessTokens } from '../../core/users/access-tokens.ts';
import { createTestHttpServer, jwtSecret, type TestHttpServer, website } from '../support/test-http-server.ts';

const home = 'https://parley.example';
const DAY_MS = 24 * 60 * 60 * 1000;

describe('claiming the chats of a visitor', () => {
  let t: TestHttpServer;
  let people = 0;
  beforeAll(async () => {
    t = await createTestHttpServer();
  });
  afterAll(() => t[Symbol.asyncDispose]());

  /** Somebody who is logged in on our own page. */
  async function logIn() {
    people += 1;
    const response = await fetch(`${t.url}/register`, {
      method: 'POST',
      body: new URLSearchParams({ username: `ada${people}`, password: 'a long enough passphrase' }),
      headers: { origin: home, 'sec-fetch-site': 'same-origin' },
      redirect: 'manual',
    });
    const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const headers = { cookie, origin: home, 'sec-fetch-site': 'same-origin', 'x-parley-csrf': '1' };
    const ask = async (path: string) => (await t.request('GET', path, { headers })).json();
    const claim = (visitor_token: string, more: Record<string, string> = {}) =>
      t.request('POST', '/api/visitors/claim', { headers: { ...headers, ...more }, body: { visitor_token } });
    return { headers, ask, claim };
  }

  /** A visitor of our own page with a chat and an answer in it. */
  async function chat(origin = home) {
    const visitor = await t.createVisitor({ origin });
    const mine = { token: visitor.token, headers: { origin } };
    const { id: sessionId } = await (await t.request('POST', '/api/sessions', mine)).json();
    return { ...visitor, sessionId, mine };
  }
  async function askAndAnswer(path: string, mine: { token: string; headers: { origin: string } }) {
    const before = t.scripted.calls.length;
    const asked = t.request('POST', path, { ...mine, body: { text: 'Where is my bike?' } });
    const call = await t.scripted.call(before);
    return { asked, call };
  }

  it('makes them chats of whoever has logged in there, with all that was said', async () => {
    const [ada, visitor] = [await logIn(), await chat()];
    const { asked, call } = await askAndAnswer(`/api/sessions/${visitor.sessionId}/messages`, visitor.mine);
    call.say('In the shed.');
    call.finish();
    await asked;

    const claimed = await ada.claim(visitor.token);
    const again = await ada.claim(visitor.token);

    expect(await claimed.json()).toEqual({ claimed_sessions: 1 });
    expect(await again.json()).toEqual({ claimed_sessions: 0 });
    expect((await ada.ask('/api/sessions')).items).toMatchObject([{ id: visitor.sessionId, message_count: 2 }]);
  });

  it('gives nothing of the member to whoever still has the token, such as who planted it there', async () => {
    const [victim, planted] = [await logIn(), await chat()];
    const me = await victim.ask('/api/auth/me');
    await t.db('sessions').insert({ id: randomUUID(), user_id: me.id, platform: 'slack', title: 'A secret' });
    await victim.claim(planted.token);

    const path = `/api/sessions/${planted.sessionId}`;
    await expect.poll(async () => (await t.request('GET', '/api/sessions', planted.mine)).status).toBe(401);
    const attempts = await Promise.all([
      t.request('GET', path, planted.mine),
      t.request('GET', `${path}/messages`, planted.mine),
      t.request('POST', `${path}/messages`, { ...planted.mine, body: { text: 'What is my secret?' } }),
      t.request('DELETE', path, planted.mine),
      t.request('GET', '/api/auth/me', planted.mine),
      t.request('POST', '/api/visitors', planted.mine),
      t.request('POST', '/api/links', planted.mine),
      t.request('DELETE', '/api/users/me', planted.mine),
    ]);

    expect(attempts.map(({ status }) => status)).toEqual(attempts.map(() => 401));
    expect((await victim.ask('/api/sessions')).items).toHaveLength(2);
  });

  it('does not let a planted visitor have the member’s words sent to a server of their own', async () => {
    const [victim, planted] = [await logIn(), await chat()];
    const key = { provider: 'evil', base_url: 'https://evil.example', is_operators_server: false, last4: '1234' };
    const row = {
      id: randomUUID(),
      user_id: planted.userId,
      api_key: 'x',
      key_id: 'x',
      updated_at: new Date(),
      ...key,
    };
    await t.db('provider_keys').insert(row);

    await victim.claim(planted.token);

    expect(await t.db('provider_keys').where({ last4: '1234' })).toEqual([]);
  });

  it('waits for an answer to the visitor, so that none is written as the member', async () => {
    const [victim, planted] = [await logIn(), await chat()];
    const { asked, call } = await askAndAnswer(`/api/sessions/${planted.sessionId}/messages`, planted.mine);

    const early = await victim.claim(planted.token);
    call.say('Done.');
    call.finish();
    await asked;
    const late = await victim.claim(planted.token);

    expect([early.status, early.headers.get('retry-after'), late.status]).toEqual([409, '5', 200]);
  });

  it('takes nothing from somebody who has claimed it before', async () => {
    const [ada, eva, visitor] = [await logIn(), await logIn(), await chat()];
    await ada.claim(visitor.token);

    expect(await (await eva.claim(visitor.token)).json()).toEqual({ claimed_sessions: 0 });
    expect((await eva.ask('/api/sessions')).items).toEqual([]);
    expect((await ada.ask('/api/sessions')).items).toHaveLength(1);
  });

  it('refuses tokens of logins, of other websites, too old, forged, and of people somebody vouches for', async () => {
    const ada = await logIn();
    const body = { username: `prog${people}`, password: 'a long enough passphrase' };
    const login = await (await t.request('POST', '/api/auth/register', { body, headers: { origin: home } })).json();
    const elsewhere = await chat(website);
    const old = await chat();
    const clock = { now: () => new Date(Date.now() - 2 * DAY_MS) };
    const issued = await createAccessTokens({ secret: jwtSecret, clock }).issue({ userId: old.userId, origin: home });
    const known = await chat();
    await t.db('identities').insert({
      id: randomUUID(),
      user_id: known.userId,
      platform: 'web',
      platform_user_id: `${home}#7`,
      display_name: 'Known',
    });

    const tokens = [login.access_token, elsewhere.token, issued.token, `${old.token}x`, known.token];
    const statuses: number[] = [];
    for (const token of tokens) statuses.push((await ada.claim(token)).status);

    expect(statuses).toEqual([400, 400, 400, 400, 409]);
    expect((await ada.ask('/api/sessions')).items).toEqual([]);
  });

  it('is for those who are logged in, on our own page', async () => {
    const [ada, visitor, other] = [await logIn(), await chat(), await chat()];
    const body = { visitor_token: visitor.token };

    expect((await t.request('POST', '/api/visitors/claim', { body })).status).toBe(401);
    expect((await t.request('POST', '/api/visitors/claim', { ...other.mine, body })).status).toBe(403);
    const { 'x-parley-csrf': _, ...withoutHeader } = ada.headers;
    expect((await t.request('POST', '/api/visitors/claim', { headers: withoutHeader, body })).status).toBe(403);
    const foreign = { origin: website, 'sec-fetch-site': 'cross-site' };
    expect((await ada.claim(visitor.token, foreign)).status).toBe(403);
  });
});
