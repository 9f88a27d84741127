import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProfileReaders } from '../../composition/create-profile-readers.ts';
import { parseConfig } from '../../config.ts';
import { serveGitHub, serveSpotify } from '../support/profile-pages.ts';
import { createRecordingChunkIndex } from '../support/recording-chunk-index.ts';
import { createTestHttpServer, type TestHttpServer } from '../support/test-http-server.ts';
import { createTestBrowser, createTestSignIn, toProviderSettings } from '../support/test-sign-in.ts';

describe('letting a linked account tell of oneself', () => {
  let t: TestHttpServer;
  let signIns: Awaited<ReturnType<typeof createTestSignIn>>;
  const index = createRecordingChunkIndex();
  beforeAll(async () => {
    signIns = await createTestSignIn();
    const profileReaders = await createProfileReaders(parseConfig(toProviderSettings(signIns.fake.url)));
    t = await createTestHttpServer({ signInProviders: signIns.providers, profileReaders, chunkIndex: index });
    serveSpotify(signIns.fake);
    serveGitHub(signIns.fake);
  });
  afterAll(async () => {
    await t[Symbol.asyncDispose]();
    await signIns[Symbol.asyncDispose]();
  });

  /** Somebody in a browser of their own. */
  function createAda() {
    const browser = createTestBrowser(t.url, signIns.fake);
    return {
      ...browser,
      list: async () => (await (await browser.get('/api/users/me/profile-sources')).json()).items,
      change: (provider: string, is_on: unknown) =>
        browser.send('PUT', `/api/users/me/profile-sources/${provider}`, { is_on }),
    };
  }

  it('is off, and says what would be read', async () => {
    const ada = createAda();
    await ada.signIn('spotify');

    expect(await ada.list()).toEqual([
      {
        provider: 'spotify',
        reads: 'The artists and songs you listen to most, and what you played last.',
        is_linked: true,
        is_on: false,
        last_synced_at: null,
        error: null,
      },
      expect.objectContaining({ provider: 'github', is_linked: false, is_on: false }),
      expect.objectContaining({ provider: 'twitch', is_linked: false, is_on: false }),
    ]);
  });

  it('asks the provider for consent, comes back, and is on', async () => {
    const ada = createAda();
    await ada.signIn('spotify');

    const answer = await (await ada.change('spotify', true)).json();
    expect(answer).toMatchObject({ is_on: false, authorize_url: '/login/spotify?consent=profile' });
    const back = await ada.walk(answer.authorize_url);

    expect(back.headers.get('location')).toBe('/account');
    expect(ada.lastAuthorizeUrl()?.searchParams.get('scope')).toBe(
      'user-read-email user-top-read user-read-recently-played',
    );
    await expect
      .poll(async () => (await ada.list())[0])
      .toMatchObject({
        is_on: true,
        last_synced_at: expect.any(String),
        error: null,
      });
    const again = await (await ada.change('spotify', true)).json();
    expect(again).toMatchObject({ is_on: true, authorize_url: null });
  });

  it('is gone when it is switched off', async () => {
    const ada = createAda();
    await ada.signIn('github');
    const on = await (await ada.change('github', true)).json();
    expect(on).toMatchObject({ is_on: true, authorize_url: null });
    const { id } = await (await ada.get('/api/auth/me')).json();
    const mine = () => [...index.chunks.values()].filter(({ audience }) => audience.includes(`user:${id}`));
    await expect.poll(() => mine().length).toBeGreaterThan(0);

    const off = await (await ada.change('github', false)).json();

    expect(off).toMatchObject({ is_on: false, last_synced_at: null });
    expect(mine()).toEqual([]);
  });

  it('refuses what is not linked, not known or not said, in words', async () => {
    const ada = createAda();
    await ada.signIn('github');

    expect((await ada.change('spotify', true)).status).toBe(404);
    expect((await ada.change('google', true)).status).toBe(400);
    const unsaid = await ada.change('github', 'yes');
    expect(unsaid.status).toBe(400);
    expect((await unsaid.json()).error.message).toContain('is_on');
    expect((await t.request('GET', '/api/users/me/profile-sources')).status).toBe(401);
  });

  it('needs somebody logged in for the consent', async () => {
    const nobody = createAda();

    const response = await nobody.get('/login/spotify?consent=profile');

    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/login?next=%2Flogin%2Fspotify%3Fconsent%3Dprofile');
  });

  it.each([
    ['another website', 'cross-site'],
    ['a browser that does not tell', undefined],
  ])('is not switched on by a link on %s', async (_what, site) => {
    const ada = createAda();
    await ada.signIn('github');

    const back = await ada.leave('/login/github?consent=profile', { site });
    if (back !== null) await ada.comeBack(back);

    expect(await ada.list()).toContainEqual(expect.objectContaining({ provider: 'github', is_on: false }));
  });
});
