import { createHmac, generateKeyPairSync } from 'node:crypto';
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTestHttpServer,
  type TestHttpServer,
  website,
  widgetIdentitySecret,
} from '../support/test-http-server.ts';

const otherWebsite = 'https://parley.example';
const key = Buffer.from(widgetIdentitySecret);
const soon = () => Math.floor(Date.now() / 1000) + 600;
const sign = (claims: JWTPayload, secret: Uint8Array = key) =>
  new SignJWT({ exp: soon(), ...claims }).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(secret);

describe('users that a website vouches for', () => {
  let t: TestHttpServer;
  let people = 0;
  beforeAll(async () => {
    t = await createTestHttpServer();
  });
  afterAll(() => t[Symbol.asyncDispose]());

  const newName = () => `customer-${++people}`;
  const enter = (userToken: unknown, { origin = website, token }: { origin?: string; token?: string } = {}) =>
    t.request('POST', '/api/visitors', { body: { user_token: userToken }, headers: { origin }, token });
  async function become(userToken: unknown, from: { origin?: string; token?: string } = {}) {
    const response = await enter(userToken, from);
    expect(response.status).toBe(201);
    return response.json();
  }
  const isAnonymous = async ({ user }: { user: { id: string } }) =>
    (await t.db('identities').where({ user_id: user.id })).length === 0;

  it('are the same person each time, with the name and address the website gives', async () => {
    const sub = newName();

    const first = await become(await sign({ sub, name: 'Ada', email: 'ada@example.com' }));
    const second = await become(await sign({ sub, name: 'Ada L.' }));

    expect(first.user).toMatchObject({ display_name: 'Ada', email: 'ada@example.com', username: null });
    expect(second.user).toMatchObject({ id: first.user.id, display_name: 'Ada L.' });
    const headers = { origin: website };
    expect((await t.request('POST', '/api/sessions', { token: second.access_token, headers })).status).toBe(201);
  });

  it('may be numbered', async () => {
    const number = 7_000_000 + ++people;
    const head = Buffer.from('{"alg":"HS256"}').toString('base64url');
    const body = Buffer.from(JSON.stringify({ sub: number, exp: soon() })).toString('base64url');
    const signature = createHmac('sha256', key).update(`${head}.${body}`).digest('base64url');

    const numbered = await become(`${head}.${body}.${signature}`);

    expect(await isAnonymous(numbered)).toBe(false);
    expect((await become(await sign({ sub: String(number) }))).user.id).toBe(numbered.user.id);
  });

  it('are nobody on another website', async () => {
    const userToken = await sign({ sub: newName() });

    const here = await become(userToken);
    const there = await become(userToken, { origin: otherWebsite });

    expect(there.user.id).not.toBe(here.user.id);
  });

  it('are nobody on a website other than the one their token names', async () => {
    const userToken = await sign({ sub: newName(), origin: website });

    expect(await isAnonymous(await become(userToken))).toBe(false);
    // Whoever has a token can send it with any Origin from outside a browser.
    expect(await isAnonymous(await become(userToken, { origin: otherWebsite }))).toBe(true);
  });

  it('are linked to nobody by their address', async () => {
    const email = 'somebody@example.com';
    const body = { username: 'somebody-here', email, password: 'correct horse 7 staple' };
    const member = await (await t.request('POST', '/api/auth/register', { body })).json();

    const { user } = await become(await sign({ sub: newName(), email }));

    expect(user.id).not.toBe(member.user.id);
  });

  it('are known for no longer than the website says, and not renewed without its word', async () => {
    const exp = Math.floor(Date.now() / 1000) + 90;
    const known = await become(await sign({ sub: newName(), exp }));

    expect(new Date(known.expires_at).getTime()).toBe(exp * 1000);
    const token = known.access_token;
    const response = await t.request('POST', '/api/visitors', { token, headers: { origin: website } });
    expect(response.status).toBe(401);
    expect((await response.json()).error.message).toContain('user_token');
  });

  describe('and were an anonymous visitor in that browser before', () => {
    const headers = { origin: website };
    const listChats = async (token: string) =>
      (await (await t.request('GET', '/api/sessions', { token, headers })).json()).items.map(
        ({ id }: { id: string }) => id,
      );
    const startChat = async (token: string) =>
      (await (await t.request('POST', '/api/sessions', { token, headers })).json()).id as string;

    it('take their chats along, and the old token opens nothing', async () => {
      const visitor = await become(null);
      const chat = await startChat(visitor.access_token);

      const known = await become(await sign({ sub: newName() }), { token: visitor.access_token });

      expect(await listChats(known.access_token)).toEqual([chat]);
      const old = { token: visitor.access_token, headers };
      await expect.poll(async () => (await t.request('GET', '/api/sessions', old)).status).toBe(401);
      expect((await t.request('POST', '/api/visitors', { token: visitor.access_token, headers })).status).toBe(401);
    });

    it('take nothing of another user of the website, nor of a visitor of another website', async () => {
      const ada = await become(await sign({ sub: newName() }));
      const chat = await startChat(ada.access_token);
      const elsewhere = await t.createVisitor({ origin: otherWebsite });

      for (const token of [ada.access_token, elsewhere.token, 'nonsense']) {
        const next = await become(await sign({ sub: newName() }), { token });
        expect(next.user.id).not.toBe(ada.user.id);
        expect(await listChats(next.access_token)).toEqual([]);
      }
      expect(await listChats(ada.access_token)).toEqual([chat]);
      expect(await t.db('users').where({ id: elsewhere.userId })).toHaveLength(1);
    });
  });

  it('have a token for this website only', async () => {
    const { access_token: token } = await become(await sign({ sub: newName() }));

    expect((await t.request('GET', '/api/sessions', { token, headers: { origin: otherWebsite } })).status).toBe(401);
  });

  it('are shown without control characters, and without what is no name', async () => {
    const spoilt = await become(await sign({ sub: newName(), name: 'A\u202e\nda', email: 7 }));
    const nameless = await become(await sign({ sub: newName(), name: ' ' }));

    expect(spoilt.user).toMatchObject({ display_name: 'A da', email: null });
    expect(nameless.user).toMatchObject({ display_name: 'Visitor' });
  });

  const now = () => Math.floor(Date.now() / 1000);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const HS512 = async () => {
    const head = Buffer.from('{"alg":"HS512"}').toString('base64url');
    const body = Buffer.from(JSON.stringify({ sub: 'eve', exp: soon() })).toString('base64url');
    return `${head}.${body}.${createHmac('sha512', key).update(`${head}.${body}`).digest('base64url')}`;
  };
  it.each<[string, () => Promise<string> | string]>([
    ['is not signed', () => new UnsecuredJWT({ sub: 'eve', exp: soon() }).encode()],
    ['is signed with another secret', () => sign({ sub: 'eve' }, Buffer.from('x'.repeat(40)))],
    ['is signed in another way', HS512],
    [
      'is signed with a key pair',
      () => new SignJWT({ sub: 'eve', exp: soon() }).setProtectedHeader({ alg: 'RS256' }).sign(privateKey),
    ],
    ['has expired', () => sign({ sub: 'eve', exp: now() - 1 })],
    ['never expires', () => new SignJWT({ sub: 'eve' }).setProtectedHeader({ alg: 'HS256' }).sign(key)],
    ['lasts for more than an hour', () => sign({ sub: 'eve', exp: now() + 2 * 60 * 60 })],
    ['does not hold yet', () => sign({ sub: 'eve', nbf: now() + 300 })],
    ['is meant for something else', () => sign({ sub: 'eve', aud: 'the shop' })],
    ['names nobody', () => sign({ name: 'Eve' })],
    ['names somebody with nothing', () => sign({ sub: '' })],
    ['is too long', () => sign({ sub: 'eve', padding: 'x'.repeat(5000) })],
    ['is nonsense', () => 'nonsense'],
    ['is empty', () => ''],
  ])('stay anonymous with a token that %s', async (_, make) => {
    const visitor = await become(await make());

    expect(await isAnonymous(visitor)).toBe(true);
    expect(visitor.user).toMatchObject({ display_name: 'Visitor', email: null });
    expect(await t.db('identities').whereLike('platform_user_id', '%#eve')).toEqual([]);
  });

  it('stay the anonymous visitor they were, with a token that proves nothing', async () => {
    const visitor = await become(null);

    const response = await enter('nonsense', { token: visitor.access_token });

    expect(response.status).toBe(200);
    expect((await response.json()).user.id).toBe(visitor.user.id);
  });

  it('are told in words what a user_token has to be', async () => {
    const response = await enter(7);

    expect(response.status).toBe(400);
    expect((await response.json()).error.message).toBe('user_token must be text.');
  });
});
