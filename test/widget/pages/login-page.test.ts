import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSignInProviders } from '../../../composition/create-sign-in-providers.ts';
import { parseConfig } from '../../../config.ts';
import { findViolations } from '../../support/accessibility.ts';
import { launchBrowser } from '../../support/browser.ts';
import { buildPages } from '../../support/built-pages.ts';
import { clientId, clientSecret, createFakeSignInProvider } from '../../support/fake-sign-in-provider.ts';
import { openOwnPages, password } from '../../support/own-pages.ts';
import { fitsScreen, SCREENS } from '../../support/screens.ts';

const picture = 'https://pictures.example/ada.png';
/** What each provider says of somebody, in its own words. */
const PEOPLE = {
  github: { id: 7, login: 'ada', name: 'Ada at GitHub', avatar_url: picture, html_url: 'https://github.com/ada' },
  google: { sub: 'g7', name: 'Ada at Google', picture },
  spotify: { id: 's7', display_name: 'Ada at Spotify', images: [{ url: picture }] },
  twitch: { data: [{ id: 't7', login: 'ada', display_name: 'Ada at Twitch', profile_image_url: picture }] },
  discord: { id: 'd7', username: 'ada', global_name: 'Ada at Discord' },
  slack: { sub: 'x', name: 'Ada at Slack', 'https://slack.com/user_id': 'U7', 'https://slack.com/team_id': 'T1' },
  oidc: { sub: 'o7', name: 'Ada at our company', picture },
};
const NAMES = ['GitHub', 'Google', 'Spotify', 'Twitch', 'Discord', 'Slack', 'Our company'];

describe('the login page', () => {
  let browser: Awaited<ReturnType<typeof launchBrowser>>;
  let dist: Awaited<ReturnType<typeof buildPages>>;
  let fake: Awaited<ReturnType<typeof createFakeSignInProvider>>;
  let t: Awaited<ReturnType<typeof openOwnPages>>;
  beforeAll(async () => {
    [browser, dist, fake] = await Promise.all([
      launchBrowser(),
      buildPages(),
      createFakeSignInProvider({ person: {} }),
    ]);
    t = await openOwnPages({ browser, distDir: dist.distDir, signInProviders });
  });
  afterAll(async () => {
    await t[Symbol.asyncDispose]();
    await fake.close();
    await browser.close();
    await dist[Symbol.asyncDispose]();
  });

  function signInProviders(publicUrl: string) {
    const env: Record<string, string> = { PUBLIC_URL: publicUrl, OIDC_ISSUER: fake.url, OIDC_NAME: 'Our company' };
    for (const name of Object.keys(PEOPLE).map((id) => id.toUpperCase())) {
      env[`${name}_CLIENT_ID`] = clientId;
      env[`${name}_CLIENT_SECRET`] = clientSecret;
      if (name === 'OIDC') continue;
      env[`${name}_AUTHORIZE_URL`] = `${fake.url}/authorize`;
      env[`${name}_TOKEN_URL`] = `${fake.url}/token`;
      env[`${name}_USERINFO_URL`] = `${fake.url}/userinfo`;
    }
    return createSignInProviders(parseConfig(env), { clock: { now: () => new Date() } });
  }

  it('says next to the field what is wrong with a new account, then takes a good one', async () => {
    const page = await t.openBrowser();
    await page.goto('/login');
    await page.getByRole('button', { name: 'Create an account' }).click();
    const wrong = (field: string) => page.locator(`#${field}-problem`);
    const submit = () => page.getByRole('button', { name: 'Create account' }).click();

    await submit();
    await expect.poll(() => wrong('username').textContent()).toBe('Please give a username.');
    expect(await wrong('password').textContent()).toBe('Please give a password.');

    await page.getByLabel('Username').fill('ada.lovelace');
    await page.getByLabel('Email').fill('nowhere');
    await page.getByLabel('Password', { exact: true }).fill('short');
    await submit();
    await expect.poll(() => wrong('email').textContent()).toContain('must be an address such as');

    await page.getByLabel('Email').fill('ada@example.com');
    await submit();
    await expect.poll(() => wrong('password').textContent()).toBe('Password must have at least 10 characters.');
    const field = page.getByLabel('Password', { exact: true });
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await page.getByLabel('Username').inputValue()).toBe('ada.lovelace');

    await field.fill(password);
    await submit();
    await page.waitForURL('/account');
    await page.getByRole('heading', { name: 'ada.lovelace' }).waitFor();
  });

  it('logs in with the username or the address, after a wrong password said so', async () => {
    const { username } = await t.register(await t.openBrowser());
    const page = await t.openBrowser();
    await page.goto('/login');

    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password', { exact: true }).fill('not this one');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('alert').filter({ hasText: /./ }).textContent()).toContain('is wrong');

    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.keyboard.press('Enter');
    await page.waitForURL('/account');
  });

  it('shows the password to who wants to see it', async () => {
    const page = await t.openBrowser();
    await page.goto('/login');
    const field = page.getByLabel('Password', { exact: true });
    await field.fill('hello');

    expect(await field.getAttribute('type')).toBe('password');
    await page.getByRole('button', { name: 'Show password' }).click();
    expect(await field.getAttribute('type')).toBe('text');
    expect(await field.inputValue()).toBe('hello');
  });

  it('comes between a protected page and who is not logged in, then leads back there', async () => {
    const page = await t.openBrowser();

    await page.goto('/account');
    expect(page.url()).toBe(`${t.url}/login?next=%2Faccount`);
    const { username } = await t.register(page);
    await page.goto('/login?next=%2Faccount');

    expect(page.url()).toBe(`${t.url}/account`);
    await page.getByRole('heading', { name: username }).waitFor();
  });

  it('leads nowhere else, whatever the address says', async () => {
    const page = await t.openBrowser();
    await page.goto('/login?next=//evil.example');
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.getByLabel('Username').fill('careful.person');
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.keyboard.press('Enter');

    await page.waitForURL('/account');
  });

  it('keeps what was typed before its script arrived', async () => {
    const page = await t.openBrowser();
    let deliver = () => {};
    const typed = new Promise<void>((resolve) => {
      deliver = resolve;
    });
    await page.route('**/pages.js', async (route) => {
      await typed;
      await route.continue();
    });
    await page.goto('/login', { waitUntil: 'commit' });
    await page.getByLabel('Username').fill('early.bird');

    deliver();
    await page.getByRole('button', { name: 'Show password' }).waitFor();

    await expect.poll(() => page.getByLabel('Username').inputValue()).toBe('early.bird');
  });

  it('works without scripts, too', async () => {
    const { username } = await t.register(await t.openBrowser());
    const page = await t.openBrowser({ javaScriptEnabled: false });

    await page.goto('/login?next=/account');
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    expect(await page.getByRole('alert').textContent()).toContain('is wrong');
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL('/account');

    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(username);
    expect(await page.getByText('This browser').isVisible()).toBe(true);
  });

  it.each(Object.keys(PEOPLE).map((id, at) => [NAMES[at] ?? '', id as keyof typeof PEOPLE] as const))(
    'signs in through %s, and shows who came',
    async (name, id) => {
      fake.person = PEOPLE[id];
      const page = await t.openBrowser();
      await page.route('https://pictures.example/**', (route) =>
        route.fulfill({ contentType: 'image/svg+xml', body: SVG }),
      );
      await page.goto('/login');

      await page.getByRole('link', { name: `Continue with ${name}` }).click();
      await page.waitForURL('/account');

      await page.getByRole('heading', { name: `Ada at ${id === 'oidc' ? 'our company' : name}` }).waitFor();
      await page.getByRole('button', { name: new RegExp(`^Unlink ${name}`) }).waitFor();
      if (!JSON.stringify(PEOPLE[id]).includes(picture)) return;
      // Loaded, although our policy allows no pictures from elsewhere but the person's own.
      const shown = page.locator('.who img');
      await expect.poll(() => shown.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
    },
  );

  it('says in words when the provider was told no, with a way on', async () => {
    fake.trouble.deny = true;
    const page = await t.openBrowser();
    await page.goto('/login');

    await page.getByRole('link', { name: 'Continue with GitHub' }).click();
    await page.getByText('You have not let GitHub sign you in').waitFor();
    delete fake.trouble.deny;

    expect(await findViolations(page)).toEqual([]);
    await page.getByRole('link', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'Log in to Parley' }).waitFor();
  });

  it.each(SCREENS)('has nothing that axe finds fault with, and fits (%s)', async (_, options) => {
    const page = await t.openBrowser(options);
    await page.goto('/login');
    await page.getByRole('heading', { name: 'Log in to Parley' }).waitFor();
    const logIn = await findViolations(page);
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByText('Please give a username.').waitFor();

    expect([logIn, await findViolations(page)]).toEqual([[], []]);
    expect(await fitsScreen(page)).toBe(true);
  });
});

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><circle cx="4" cy="4" r="4"/></svg>';
