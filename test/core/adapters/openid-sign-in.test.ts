import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientSecret, signInAt } from '../../support/fake-sign-in-provider.ts';
import { createTestSignIn, PEOPLE } from '../../support/test-sign-in.ts';

describe('signing in at a provider', () => {
  let t: Awaited<ReturnType<typeof createTestSignIn>>;
  beforeEach(async () => {
    t = await createTestSignIn();
  });
  afterEach(() => t[Symbol.asyncDispose]());

  function signIn(id: keyof typeof PEOPLE) {
    t.fake.person = PEOPLE[id]('17');
    return signInAt(t.getProvider(id));
  }

  it.each([
    ['spotify', false],
    ['oidc', false],
    ['oidc', true],
  ] as const)('sends %s the secret in a header where it has to be there (told before: %s)', async (id, told) => {
    t.fake.trouble.secretInHeader = { told };

    const { tokens } = await signIn(id);

    expect(tokens.accessToken).toBeTruthy();
    expect((await t.getProvider(id).refresh(tokens)).accessToken).not.toBe(tokens.accessToken);
    expect(t.fake.lastTokenRequest?.toString()).not.toContain(clientSecret);
  });

  it.each([
    ['github', { token_type: undefined, expires_in: undefined, refresh_token: undefined }],
    ['google', { token_type: null, expires_in: null, refresh_token: null }],
    ['oidc', { token_type: '', expires_in: null, refresh_token: '' }],
  ] as const)('takes tokens of %s that come without what is not needed', async (id, tokenFields) => {
    t.fake.trouble.tokenFields = tokenFields;

    const { tokens } = await signIn(id);

    expect(tokens).toMatchObject({ accessToken: expect.any(String), expiresAt: null, refreshToken: null });
  });

  it.each(['/', '/realms/team', '/application/o/parley/'])(
    'finds an issuer whose name ends in %s',
    async (issuerPath) => {
      await using other = await createTestSignIn({ issuerPath });
      other.fake.person = PEOPLE.oidc('17');

      expect((await signInAt(other.getProvider('oidc'))).displayName).toBe('Ada');
    },
  );

  it('reads who somebody is in the ID token of an issuer that tells it nowhere else', async () => {
    t.fake.trouble.hasNoUserinfo = true;

    expect(await signIn('oidc')).toMatchObject({ displayName: 'Ada', email: 'ada@example.com' });
  });

  it.each(['google', 'slack'] as const)('asks %s for an ID token of this attempt, and goes without one', async (id) => {
    const provider = t.getProvider(id);
    const secrets = provider.createSecrets();
    expect((await provider.toAuthorizeUrl(secrets)).searchParams.get('nonce')).toBe(secrets.nonce);
    expect((await t.getProvider('github').toAuthorizeUrl(secrets)).searchParams.has('nonce')).toBe(false);

    t.fake.trouble.forgeIdToken = async () => undefined;

    expect((await signIn(id)).displayName).toBe('Ada');
  });

  it.each(['github', 'slack'] as const)('gives a token back to %s in the way it has for that', async (id) => {
    const { tokens } = await signIn(id);

    await t.getProvider(id).revoke(tokens);

    expect(t.fake.revoked).toEqual([tokens.accessToken]);
  });

  it('gives back the access token also where the refresh token is not taken', async () => {
    const { tokens } = await signIn('twitch');
    t.fake.trouble.revokesAccessTokensOnly = true;

    await t.getProvider('twitch').revoke(tokens);

    expect(t.fake.revoked).toEqual([tokens.accessToken]);
    await expect(t.getProvider('twitch').revoke(tokens)).rejects.toMatchObject({ code: 'fetch_failed' });
  });

  it.each([
    ['twitch', { sub: '17', preferred_username: 'Ada', picture: 'https://x.example/a.png' }],
    ['google', { sub: '17', name: '', nickname: 'Ada', picture: 'https://x.example/a.png' }],
    ['google', { sub: '17', name: ' ', given_name: 'Ada', family_name: '', picture: 'https://x.example/a.png' }],
    ['google', { id: '17', name: 'Ada', picture: 'https://x.example/a.png' }],
    ['github', { sub: '17', name: 'Ada', picture: 'https://x.example/a.png' }],
  ] as const)('knows somebody at %s also by the words of the standard', async (id, person) => {
    t.fake.person = person;

    expect(await signInAt(t.getProvider(id))).toMatchObject({
      platformUserId: '17',
      displayName: 'Ada',
      pictureUrl: 'https://x.example/a.png',
    });
  });

  it('takes a picture by plain http where our own pages come that way, and nowhere else', async () => {
    const person = { ...PEOPLE.google('17'), picture: 'http://intranet.example/a.png', profile: 'javascript:alert(1)' };
    await using plain = await createTestSignIn({ publicUrl: 'http://parley.intranet.example' });
    t.fake.person = person;
    plain.fake.person = person;

    const [here, there] = await Promise.all([t, plain].map((one) => signInAt(one.getProvider('google'))));

    expect([here?.pictureUrl, there?.pictureUrl]).toEqual([null, 'http://intranet.example/a.png']);
    expect([here?.profileUrl, there?.profileUrl]).toEqual([null, null]);
  });
});
