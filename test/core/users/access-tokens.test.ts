import { SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createAccessTokens, VISITOR_RENEWAL_SECONDS } from '../../../core/users/access-tokens.ts';

const secret = 'a secret that is long enough for HS256';
const day = 24 * 60 * 60 * 1000;

function createMovableClock(start = '2026-11-21T10:00:00Z') {
  let now = new Date(start).getTime();
  return {
    now: () => new Date(now),
    advance: (ms: number) => {
      now += ms;
    },
  };
}

function forge(claims: Record<string, unknown>, key = secret) {
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(key));
}

const isUserKnown = async () => true;

describe('access tokens', () => {
  it('names the user and the website it was issued to', async () => {
    const tokens = createAccessTokens({ secret, clock: createMovableClock(), isUserKnown });

    const { token, expiresAt } = await tokens.issue({ userId: 'u1', origin: 'https://example.com' });

    expect(await tokens.verify(token)).toEqual({ userId: 'u1', origin: 'https://example.com' });
    expect(expiresAt).toEqual(new Date('2026-11-22T10:00:00Z'));
  });

  it('keeps that a token was issued outside a browser', async () => {
    const tokens = createAccessTokens({ secret, clock: createMovableClock(), isUserKnown });

    const { token } = await tokens.issue({ userId: 'u1', origin: null });

    expect(await tokens.verify(token)).toEqual({ userId: 'u1', origin: null });
  });

  it('refuses a token after its day, and says that it expired', async () => {
    const clock = createMovableClock();
    const tokens = createAccessTokens({ secret, clock, isUserKnown });
    const { token } = await tokens.issue({ userId: 'u1', origin: null });
    await tokens.verify(token);

    clock.advance(day);

    await expect(tokens.verify(token)).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('expired'),
    });
  });

  it('lets an expired token be renewed for 30 days and no longer', async () => {
    const clock = createMovableClock();
    const tokens = createAccessTokens({ secret, clock, isUserKnown });
    const { token } = await tokens.issue({ userId: 'u1', origin: null });

    clock.advance(30 * day);
    expect(await tokens.verify(token, { expiredForSeconds: VISITOR_RENEWAL_SECONDS })).toMatchObject({ userId: 'u1' });

    clock.advance(day + 1000);
    await expect(tokens.verify(token, { expiredForSeconds: VISITOR_RENEWAL_SECONDS })).rejects.toMatchObject({
      code: 'unauthorized',
    });
  });

  it('refuses a token of somebody who is gone by now', async () => {
    let isKnown = true;
    const tokens = createAccessTokens({ secret, clock: createMovableClock(), isUserKnown: async () => isKnown });
    const { token } = await tokens.issue({ userId: 'u1', origin: null });
    await tokens.verify(token);

    isKnown = false;

    await expect(tokens.verify(token)).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('no longer exists'),
    });
  });

  it.each([
    [
      'signed with another secret',
      () => forge({ sub: 'u1', origin: null, iss: 'parley', aud: 'parley-api', iat: 1, exp: 9e9 }, 'x'.repeat(40)),
    ],
    [
      'with the algorithm none',
      async () =>
        new UnsecuredJWT({ sub: 'u1', origin: null })
          .setIssuer('parley')
          .setAudience('parley-api')
          .setIssuedAt()
          .setExpirationTime('1h')
          .encode(),
    ],
    [
      'for another audience',
      () => forge({ sub: 'u1', origin: null, iss: 'parley', aud: 'elsewhere', iat: 1, exp: 9e9 }),
    ],
    [
      'of another issuer',
      () => forge({ sub: 'u1', origin: null, iss: 'elsewhere', aud: 'parley-api', iat: 1, exp: 9e9 }),
    ],
    ['that never ends', () => forge({ sub: 'u1', origin: null, iss: 'parley', aud: 'parley-api', iat: 1 })],
    ['without a user', () => forge({ origin: null, iss: 'parley', aud: 'parley-api', iat: 1, exp: 9e9 })],
    ['without an origin', () => forge({ sub: 'u1', iss: 'parley', aud: 'parley-api', iat: 1, exp: 9e9 })],
    ['that is not one at all', async () => 'not.a.token'],
  ])('refuses a token %s', async (_, make) => {
    const tokens = createAccessTokens({ secret, clock: createMovableClock(), isUserKnown });

    await expect(make().then((token) => tokens.verify(token))).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'This access token is not valid.',
    });
  });
});
