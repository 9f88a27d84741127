import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProfileReaders } from '../../../composition/create-profile-readers.ts';
import { createSignInProviders } from '../../../composition/create-sign-in-providers.ts';
import { parseConfig } from '../../../config.ts';
import { findViolations } from '../../support/accessibility.ts';
import { launchBrowser } from '../../support/browser.ts';
import { buildPages } from '../../support/built-pages.ts';
import { createFakeSignInProvider } from '../../support/fake-sign-in-provider.ts';
import { openOwnPages } from '../../support/own-pages.ts';
import { serveSpotify } from '../../support/profile-pages.ts';
import { PEOPLE, toProviderSettings } from '../../support/test-sign-in.ts';
import { systemClock } from '../../support/test-turns.ts';

describe('the switches of profiles', () => {
  let browser: Awaited<ReturnType<typeof launchBrowser>>;
  let dist: Awaited<ReturnType<typeof buildPages>>;
  let fake: Awaited<ReturnType<typeof createFakeSignInProvider>>;
  let t: Awaited<ReturnType<typeof openOwnPages>>;
  beforeAll(async () => {
    [browser, dist] = await Promise.all([launchBrowser(), buildPages()]);
    fake = await createFakeSignInProvider({ person: PEOPLE.spotify('ada') });
    serveSpotify(fake);
    const configFor = (publicUrl: string) => parseConfig({ ...toProviderSettings(fake.url), PUBLIC_URL: publicUrl });
    t = await openOwnPages({
      browser,
      distDir: dist.distDir,
      signInProviders: (publicUrl) => createSignInProviders(configFor(publicUrl), { clock: systemClock }),
      profileReaders: await createProfileReaders(configFor('http://127.0.0.1')),
    });
  });
  afterAll(async () => {
    await t[Symbol.asyncDispose]();
    await browser.close();
    await dist[Symbol.asyncDispose]();
    await fake.close();
  });

  it('say what is read, ask the provider for consent, and are off again when told so', async () => {
    const page = await t.openBrowser();
    await t.register(page);
    await page.getByText('Link Spotify, GitHub, or Twitch first.').waitFor();
    await page.getByRole('link', { name: 'Link Spotify' }).click();
    const spotify = page.getByRole('switch', { name: 'Spotify' });
    expect(await spotify.getAttribute('aria-checked')).toBe('false');
    await page.getByText('The artists and songs you listen to most').waitFor();

    await spotify.click();

    await page.getByText(/^Read \w+ \d/).waitFor();
    expect(await spotify.getAttribute('aria-checked')).toBe('true');
    expect(await findViolations(page)).toEqual([]);
    expect(await t.db('documents').pluck('title')).toEqual(['Your music on Spotify: what you like to listen to']);

    await spotify.click();

    await expect.poll(() => spotify.getAttribute('aria-checked')).toBe('false');
    expect(await t.db('documents')).toEqual([]);
  });

  it('are switched also while their state is being read anew', async () => {
    const page = await t.openBrowser();
    fake.person = PEOPLE.spotify('grace');
    await t.register(page);
    await page.goto('/login/spotify?consent=profile&next=%2Faccount');
    await page.getByText(/^Read \w+ \d/).waitFor();
    const spotify = page.getByRole('switch', { name: 'Spotify' });
    const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await page.route('**/api/users/me/profile-sources', async (route) => {
      asked.resolve();
      await answered.promise;
      await route.continue();
    });
    await page.evaluate(() => window.dispatchEvent(new Event('parley-unlinked')));
    await asked.promise;

    await spotify.click();
    answered.resolve();

    await expect.poll(() => spotify.getAttribute('aria-checked')).toBe('false');
  });

  it('say what went wrong, and go with the account', async () => {
    const page = await t.openBrowser({ viewport: { width: 390, height: 844 } });
    fake.person = PEOPLE.spotify('eve');
    await t.register(page);
    fake.pages.set('/me/top/artists', { status: 500, body: {} });
    await page.goto('/login/spotify?consent=profile&next=%2Faccount');

    await page.getByText('Spotify could not be read. It is tried again soon.').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    page.on('dialog', (dialog) => void dialog.accept());
    await page.getByRole('button', { name: /^Unlink Spotify/ }).click();

    await page.getByRole('switch', { name: 'Spotify' }).waitFor({ state: 'detached' });
    expect(await t.db('sources')).toEqual([]);
    serveSpotify(fake);
  });
});
