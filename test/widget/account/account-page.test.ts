import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findViolations } from '../../support/accessibility.ts';
import { launchBrowser } from '../../support/browser.ts';
import { buildPages } from '../../support/built-pages.ts';
import { startFakeModelServer } from '../../support/fake-model-server.ts';
import { openOwnPages, password } from '../../support/own-pages.ts';
import { fitsScreen, SCREENS } from '../../support/screens.ts';

describe('the account page', () => {
  let browser: Awaited<ReturnType<typeof launchBrowser>>;
  let dist: Awaited<ReturnType<typeof buildPages>>;
  let t: Awaited<ReturnType<typeof openOwnPages>>;
  beforeAll(async () => {
    [browser, dist] = await Promise.all([launchBrowser(), buildPages()]);
    t = await openOwnPages({ browser, distDir: dist.distDir });
  });
  afterAll(async () => {
    await t[Symbol.asyncDispose]();
    await browser.close();
    await dist[Symbol.asyncDispose]();
  });

  async function link(userId: string, platform: string, displayName: string) {
    await t.db('identities').insert({
      id: randomUUID(),
      user_id: userId,
      platform,
      platform_user_id: randomUUID(),
      display_name: displayName,
      profile_url: `https://${platform}.example/${displayName}`,
      signed_in_at: new Date(),
    });
  }

  async function logIn(page: Page, username: string) {
    await page.goto('/login?next=%2Faccount');
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.keyboard.press('Enter');
    await page.waitForURL('/account');
  }

  it('gives the console nothing to complain of', async () => {
    const page = await t.openBrowser();
    await t.register(page);
    const complaints: string[] = [];
    page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));

    await page.goto('/account');
    await page.getByRole('button', { name: 'Add a key' }).waitFor();
    await page.getByText('This browser').waitFor();

    expect(complaints).toEqual([]);
  });

  it('shows linked accounts with their profiles, and unlinks one', async () => {
    const page = await t.openBrowser();
    const { userId } = await t.register(page);
    await link(userId, 'github', 'ada-at-github');
    await link(userId, 'spotify', 'ada-at-spotify');
    await page.reload();
    expect(await page.getByRole('link', { name: 'ada-at-github' }).getAttribute('href')).toBe(
      'https://github.example/ada-at-github',
    );

    page.on('dialog', (dialog) => void dialog.accept());
    await page.getByRole('button', { name: 'Unlink GitHub: ada-at-github' }).click();

    await page.getByText('ada-at-github').waitFor({ state: 'detached' });
    expect(await t.db('identities').where({ user_id: userId }).pluck('platform')).toEqual(['spotify']);
  });

  it('says why the last way to sign in stays', async () => {
    const page = await t.openBrowser();
    const { userId } = await t.register(page);
    await link(userId, 'github', 'only-github');
    await t.db('accounts').where({ user_id: userId }).delete();
    await page.reload();

    page.on('dialog', (dialog) => void dialog.accept());
    await page.getByRole('button', { name: /^Unlink/ }).click();

    await page.getByText('This is the last way to sign in').waitFor();
    expect(await page.getByText('only-github').isVisible()).toBe(true);
  });

  it('ends a login elsewhere', async () => {
    const here = await t.openBrowser();
    const { username } = await t.register(here);
    const elsewhere = await t.openBrowser({
      userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1',
    });
    await logIn(elsewhere, username);

    await here.reload();
    await here.getByRole('button', { name: /^Log out there: Safari on iOS/ }).click();
    await here.getByText('Safari on iOS').waitFor({ state: 'detached' });

    await elsewhere.getByRole('button', { name: 'Delete my account' }).waitFor();
    await elsewhere.goto('/account');
    expect(elsewhere.url()).toContain('/login');
    await here.reload();
    expect(here.url()).toBe(`${t.url}/account`);
  });

  it('changes the password of whoever knows it, and logs out everywhere else', async () => {
    const page = await t.openBrowser();
    const { username } = await t.register(page);
    const elsewhere = await t.openBrowser();
    await logIn(elsewhere, username);
    const section = page.getByRole('region', { name: 'Password' });
    const change = async (from: string, to: string) => {
      await section.getByLabel('Current password').fill(from);
      await section.getByLabel('New password').fill(to);
      await section.getByRole('button', { name: 'Save the new password' }).click();
    };

    await section.getByRole('button', { name: 'Change the password' }).click();
    expect(await findViolations(page)).toEqual([]);
    await change('not my password', 'a lamp beside 7 doors');
    await section.getByText('The current password is wrong.').waitFor();
    await change(password, 'a lamp beside 7 doors');

    await section.getByText('Your password is changed.').waitFor();
    await elsewhere.goto('/account');
    await elsewhere.waitForURL('/login?next=%2Faccount');
    await page.reload();
    await page.getByText('This browser').waitFor();
  });

  it('goes to the login page when its login was ended meanwhile', async () => {
    const page = await t.openBrowser();
    const { userId } = await t.register(page);
    await page.getByText('This browser').waitFor();
    // Any part of the page that still asks for something would find out, too.
    await page.waitForLoadState('networkidle');
    await t.db('logins').where({ user_id: userId }).update({ ended_at: new Date(), cookie_hash: null });

    await page.getByRole('button', { name: 'Delete my account' }).click();
    await page.getByLabel('Type “delete”').fill('delete');
    await page.keyboard.press('Enter');

    await page.waitForURL('/login?next=%2Faccount');
  });

  it('keeps an own model key once its provider takes it, and removes it', async () => {
    await using provider = await startFakeModelServer();
    provider.acceptOnly('sk-the-right-one-7x9q');
    const page = await t.openBrowser();
    await t.register(page);
    const keys = page.getByRole('region', { name: 'Your own model key' });
    const save = async (key: string) => {
      await keys.getByLabel('Key', { exact: true }).fill(key);
      await keys.getByLabel('Server').fill(provider.url);
      await keys.getByRole('button', { name: 'Save the key' }).click();
    };

    await keys.getByRole('button', { name: 'Add a key' }).click();
    await keys.getByRole('button', { name: 'Save the key' }).click();
    await keys.getByText('Please give a key.').waitFor();
    await save('sk-a-wrong-one');
    await keys.getByRole('alert').filter({ hasText: 'key' }).first().waitFor();
    expect(await t.db('provider_keys')).toEqual([]);

    await save('sk-the-right-one-7x9q');
    await keys.getByText('ends in 7x9q').waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.reload();
    await keys.getByText('ends in 7x9q').waitFor();
    expect(await page.content()).not.toContain('sk-the-right-one');

    page.on('dialog', (dialog) => void dialog.accept());
    await keys.getByRole('button', { name: 'Remove the key' }).click();
    await keys.getByRole('button', { name: 'Add a key' }).waitFor();
    expect(await t.db('provider_keys')).toEqual([]);
  });

  it('gives everything as a file', async () => {
    const page = await t.openBrowser();
    const { userId, username } = await t.register(page);

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download everything' }).click(),
    ]);

    expect(download.suggestedFilename()).toBe('parley-export.json');
    const content = JSON.parse(await readFile(await download.path(), 'utf8'));
    expect(content).toMatchObject({ user: [{ id: userId }], account: [{ username }] });
  });

  it('deletes the account once the word is typed, and says that it is done', async () => {
    const page = await t.openBrowser();
    const { userId } = await t.register(page);
    await page.getByRole('button', { name: 'Delete my account' }).click();
    const word = page.getByLabel('Type “delete”');

    await word.fill('remove');
    await page.getByRole('button', { name: 'Delete everything' }).click();
    await page.getByText('Please type the word delete.').waitFor();
    expect(await t.db('users').where({ id: userId })).toHaveLength(1);

    await word.fill('Delete');
    await page.getByRole('button', { name: 'Delete everything' }).click();
    await page.getByText('Done: you and all you said were removed').waitFor();
    expect(await t.db('users').where({ id: userId })).toEqual([]);
    expect(await page.getByRole('button', { name: 'Log out' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Go to the assistant' }).click();
    await page.getByRole('link', { name: 'Log in' }).waitFor();
  });

  it.each(SCREENS)('has nothing that axe finds fault with, and fits (%s)', async (_, options) => {
    const page = await t.openBrowser(options);
    const { userId } = await t.register(page);
    await link(userId, 'github', 'a-rather-long-name-of-somebody-at-github-that-does-not-fit-in-one-line');
    await page.reload();
    await page.getByRole('button', { name: /^Unlink/ }).waitFor();
    await page.getByRole('button', { name: 'Delete my account' }).click();

    expect(await findViolations(page)).toEqual([]);
    expect(await fitsScreen(page)).toBe(true);
  });
});
