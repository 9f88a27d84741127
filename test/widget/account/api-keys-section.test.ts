import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findViolations } from '../../support/accessibility.ts';
import { launchBrowser } from '../../support/browser.ts';
import { buildPages } from '../../support/built-pages.ts';
import { openOwnPages } from '../../support/own-pages.ts';
import { fitsScreen } from '../../support/screens.ts';

type OwnPages = Awaited<ReturnType<typeof openOwnPages>>;

let browser: Awaited<ReturnType<typeof launchBrowser>>;
let dist: Awaited<ReturnType<typeof buildPages>>;
beforeAll(async () => {
  [browser, dist] = await Promise.all([launchBrowser(), buildPages()]);
});
afterAll(async () => {
  await browser.close();
  await dist[Symbol.asyncDispose]();
});

const sectionOf = (page: Page) => page.getByRole('region', { name: 'API keys', exact: true });
const newKeyOf = (page: Page) => sectionOf(page).getByRole('group', { name: 'Your new key' });

async function makeKey(page: Page, name: string): Promise<void> {
  const keys = sectionOf(page);
  await keys.getByRole('button', { name: 'Make a key' }).click();
  await keys.getByLabel('Name of the key').fill(name);
  await page.keyboard.press('Enter');
}

async function makeKeyAndRead(page: Page, name: string): Promise<string> {
  await makeKey(page, name);
  return (await newKeyOf(page).getByRole('code').textContent()) ?? '';
}

async function askWith(t: OwnPages, key: string): Promise<number> {
  return (await t.request('GET', '/api/wallet', { token: key })).status;
}

describe('API keys on the account page', () => {
  let t: OwnPages;
  beforeAll(async () => {
    t = await openOwnPages({ browser, distDir: dist.distDir });
  });
  afterAll(() => t[Symbol.asyncDispose]());

  it('are made, shown once to be copied, and open what they are for', async () => {
    const page = await t.openBrowser({ permissions: ['clipboard-read', 'clipboard-write'] });
    await t.register(page);
    const keys = sectionOf(page);

    const key = await makeKeyAndRead(page, 'laptop');

    expect(await newKeyOf(page).evaluate((box) => box === document.activeElement)).toBe(true);
    await keys.getByText('Copy it now: it is not shown again.').waitFor();
    await keys.getByRole('button', { name: 'Copy' }).click();
    await keys.getByText('Copied.').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);
    await keys.getByText(`${key.slice(0, 9)}…, active, never used`).waitFor();
    expect(await findViolations(page)).toEqual([]);
    expect(await askWith(t, key)).toBe(200);

    await keys.getByRole('button', { name: 'Done' }).click();
    expect(await page.content()).not.toContain(key);
    await page.reload();
    await keys.getByText(/active, last used \w+ \d/).waitFor();
    expect(await page.content()).not.toContain(key);
  });

  it('can be copied as soon as they are shown, while the list is still on its way', async () => {
    const page = await t.openBrowser({ permissions: ['clipboard-read', 'clipboard-write'] });
    await t.register(page);
    await page.waitForLoadState('networkidle');
    const copied = Promise.withResolvers<void>();
    await page.route('**/api/api-keys?*', async (route) => {
      await copied.promise;
      await route.continue();
    });
    const key = await makeKeyAndRead(page, 'laptop');

    await sectionOf(page).getByRole('button', { name: 'Copy' }).click();
    await sectionOf(page).getByText('Copied.').waitFor();
    copied.resolve();

    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);
    await sectionOf(page).getByText('active, never used').waitFor();
  });

  it.each(['laptop', 'Büro/laptop #1 100%?'])(
    'are switched off and on, and deleted once that is confirmed: %s',
    async (name) => {
      const page = await t.openBrowser();
      await t.register(page);
      const key = await makeKeyAndRead(page, name);
      const onOff = page.getByRole('switch', { name: `Key ${name}` });

      await onOff.click();
      await sectionOf(page).getByText('switched off').waitFor();
      expect(await onOff.getAttribute('aria-checked')).toBe('false');
      expect(await askWith(t, key)).toBe(401);

      await onOff.click();
      await sectionOf(page).getByText('active, never used').waitFor();
      expect(await askWith(t, key)).toBe(200);

      const deletes = page.getByRole('button', { name: `Delete the key ${name}` });
      page.once('dialog', (dialog) => void dialog.dismiss());
      await deletes.click();
      expect(await askWith(t, key)).toBe(200);
      page.once('dialog', (dialog) => void dialog.accept());
      await deletes.click();
      await onOff.waitFor({ state: 'detached' });
      expect(await askWith(t, key)).toBe(401);
      expect(await newKeyOf(page).count()).toBe(0);
    },
  );

  it('say in the words of the API why there is none, and keep what was typed', async () => {
    const page = await t.openBrowser();
    const { userId } = await t.register(page);
    const keys = sectionOf(page);
    await makeKey(page, '  ');
    await keys.getByText('Please give the key a name.').waitFor();
    await keys.getByLabel('Name of the key').fill('laptop');
    await page.keyboard.press('Enter');
    await keys.getByRole('button', { name: 'Done' }).click();

    await makeKey(page, 'laptop');

    await keys
      .getByRole('alert')
      .filter({ hasText: 'You have a key of this name already. Choose another name' })
      .waitFor();
    expect(await keys.getByLabel('Name of the key').inputValue()).toBe('laptop');
    await keys.getByLabel('Name of the key').fill('n'.repeat(65));
    await page.keyboard.press('Enter');
    await keys.getByRole('alert').filter({ hasText: 'must have 1 to 64 characters' }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    expect(await t.db('api_keys').where({ user_id: userId })).toHaveLength(1);
  });

  it('tell their limits, and fit a phone', async () => {
    const page = await t.openBrowser({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
    const { userId } = await t.register(page);
    await makeKeyAndRead(page, 'a-rather-long-name-without-any-place-to-break-it-in-a-line');
    await t
      .db('api_keys')
      .where({ user_id: userId })
      .update({
        expires_at: new Date('2020-01-31T12:00:00Z'),
        monthly_cap_micros: 2_500_000,
        models: ['parley'],
      });
    await page.reload();

    await sectionOf(page).getByText('expired, never used').waitFor();
    await sectionOf(page)
      .getByText(/^Ended Jan 31, 2020.*, at most \$2\.50 a month, only for parley$/)
      .waitFor();
    await makeKeyAndRead(page, 'another-one');

    expect(await findViolations(page)).toEqual([]);
    expect(await fitsScreen(page)).toBe(true);
    expect(await page.content()).not.toContain('paid from your balance');
  });
});

describe('API keys on the account page, where people pay', () => {
  it('say that one costs something, what is missing, and show in the balance what was taken', async () => {
    await using t = await openOwnPages({ browser, distDir: dist.distDir, apiKeyPriceMicros: 1_000_000 });
    const page = await t.openBrowser();
    const { userId } = await t.register(page);
    const keys = sectionOf(page);
    await keys.getByText('Making one costs $1.00, once. What it is used for is paid from your balance.').waitFor();

    await makeKey(page, 'laptop');

    await keys.getByText('This costs $1.00, and your balance is $0.00. Recharge it first.').waitFor();
    expect(await t.db('api_keys')).toEqual([]);

    const credit = { userId, amountMicros: 3_000_000, kind: 'credit', from: 'operator', key: 'some-credit' } as const;
    await t.wallets.credit(credit);
    await keys.getByRole('button', { name: 'Make the key' }).click();

    await newKeyOf(page).waitFor();
    const balance = page.getByRole('region', { name: 'Balance' });
    await balance.getByText('$2.00', { exact: true }).waitFor();
    await balance.getByText('-$1.00', { exact: true }).waitFor();
  });
});
