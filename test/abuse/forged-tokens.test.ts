import { exportPKCS8, generateKeyPair, importPKCS8, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestHttpServer, jwtSecret, type TestHttpServer } from '../support/test-http-server.ts';

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const key = (text: string) => new TextEncoder().encode(text);

/** Each begins with what a real token of a login says, so that only what is named is wrong with it. */
describe('an access token', () => {
  let t: TestHttpServer;
  let claims: Record<string, unknown>;
  let real = '';
  let refreshToken = '';
  beforeAll(async () => {
    t = await createTestHttpServer();
    const body = { username: 'ada', password: 'correct horse battery staple' };
    const answer = await (await t.request('POST', '/api/auth/register', { body })).json();
    real = answer.access_token;
    refreshToken = answer.refresh_token;
    claims = JSON.parse(Buffer.from(real.split('.')[1] ?? '', 'base64url').toString());
  });
  afterAll(() => t[Symbol.asyncDispose]());

  const statusOf = async (token: string) => (await t.request('GET', '/api/auth/me', { token })).status;
  const signed = (change: Record<string, unknown> = {}, header: Record<string, unknown> = {}, secret = jwtSecret) =>
    new SignJWT({ ...claims, ...change }).setProtectedHeader({ alg: 'HS256', typ: 'JWT', ...header }).sign(key(secret));

  it('is taken when nothing is wrong with it', async () => {
    expect(await statusOf(real)).toBe(200);
    expect(await statusOf(await signed())).toBe(200);
  });

  it.each(['none', 'None', 'NONE', 'nOnE', ''])(
    'cannot do without a signature by naming the algorithm %j',
    async (alg) => {
      const [, payload, signature] = real.split('.');
      for (const end of ['', signature]) {
        expect(await statusOf(`${base64({ alg, typ: 'JWT' })}.${payload}.${end}`)).toBe(401);
      }
      expect(await statusOf(new UnsecuredJWT(claims).encode())).toBe(401);
    },
  );

  it.each(['HS384', 'HS512'])('cannot choose %s, though the key is right', async (alg) => {
    expect(await statusOf(await signed({}, { alg }, jwtSecret.repeat(2)))).toBe(401);
  });

  it.each(['RS256', 'ES256', 'EdDSA'])('cannot bring its own key along with %s', async (alg) => {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    const jwk = await crypto.subtle.exportKey('jwk', publicKey);
    const own = await importPKCS8(await exportPKCS8(privateKey), alg);
    const token = await new SignJWT(claims).setProtectedHeader({ alg, jwk, kid: 'own' }).sign(own);

    expect(await statusOf(token)).toBe(401);
  });

  it.each([
    ['jku', 'https://evil.example/keys'],
    ['x5u', 'https://evil.example/cert'],
    ['kid', '../../../../dev/null'],
    ['jwk', { kty: 'oct', k: 'AAAA' }],
  ])('is not checked with the key that its header names in %s', async (name, value) => {
    expect(await statusOf(await signed({}, { [name]: value }, 'a'.repeat(40)))).toBe(401);
    expect(await statusOf(await signed({}, { [name]: value }, '\0'))).toBe(401);
  });

  it.each([
    ['signed with another secret', {}, 'x'.repeat(40)],
    ['for another audience', { aud: 'parley-widget' }, undefined],
    ['for several audiences but ours', { aud: ['a', 'b'] }, undefined],
    ['without an audience', { aud: undefined }, undefined],
    ['of another issuer', { iss: 'somebody' }, undefined],
    ['that has expired', { exp: 1 }, undefined],
    ['that never ends', { exp: undefined }, undefined],
    ['that is not valid yet', { nbf: 4_000_000_000 }, undefined],
    ['with an end that is no number', { exp: 'never' }, undefined],
    ['of nobody', { sub: undefined }, undefined],
    ['of a login that never was', { login: '00000000-0000-4000-8000-000000000000' }, undefined],
    ['for another website', { origin: 'https://evil.example' }, undefined],
  ])('is refused when it is one %s', async (_what, change, secret) => {
    const token = await signed(change, {}, secret);
    const response = await t.request('POST', '/api/sessions', { token });

    expect(response.status).toBe(401);
  });

  it('is nothing else that we give out, and nothing else is one', async () => {
    expect(await statusOf(refreshToken)).toBe(401);
    const refreshed = await t.request('POST', '/api/auth/refresh', { body: { refresh_token: real } });
    expect([400, 401]).toContain(refreshed.status);
    const asCookie = await fetch(`${t.url}/api/auth/me`, { headers: { cookie: `__Host-parley_login=${real}` } });
    expect(asCookie.status).toBe(401);
    const asSiteUser = await t.request('POST', '/api/visitors', { body: { user_token: real } });
    expect((await asSiteUser.json()).user?.id).not.toBe(claims.sub);
  });

  it.each(['', '.', '..', '...', 'a.b', 'a.b.c.d', `${'a'.repeat(20_000)}.b.c`, 'e30.e30.e30', 'null.null.null'])(
    'is refused when it is no token at all: %.20s',
    async (text) => {
      const response = await fetch(`${t.url}/api/auth/me`, { headers: { authorization: `Bearer ${text}` } });

      // Beyond 16 kB the server does not read the headers at all.
      expect([401, 431]).toContain(response.status);
    },
  );
});
