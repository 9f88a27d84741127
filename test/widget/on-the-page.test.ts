import { expect, it } from 'vitest';
import { openShop } from '../support/shop.ts';

const shop = openShop();

it.each([
  ['dark', 'light', '', true],
  ['light', 'dark', '', false],
  ['light dark', 'dark', '', true],
  ['normal', 'dark', '', true],
  ['normal', 'light', '', false],
  ['dark', 'light', 'theme="light"', false],
  ['light', 'dark', 'theme="auto"', false],
  ['normal', 'light', 'theme="dark"', true],
] as const)(
  'is dark or light as a page is (%s, on a %s system, %s)',
  async (scheme, colorScheme, attributes, isDark) => {
    await using t = await shop.visit({ attributes, context: { colorScheme } });
    const background = t.page.locator('parley-chat dialog');
    await t.page.evaluate((value) => {
      document.documentElement.style.colorScheme = value;
    }, scheme);
    await t.open();

    await expect
      .poll(() => background.evaluate((panel) => getComputedStyle(panel).backgroundColor))
      .toBe(isDark ? 'rgb(20, 25, 27)' : 'rgb(255, 255, 255)');
  },
);

it('is dark where a meta tag says that the page is', async () => {
  await using t = await shop.visit({ head: '<meta name="color-scheme" content="dark">' });
  await t.open();

  const background = await t.page.getByRole('dialog').evaluate((panel) => getComputedStyle(panel).backgroundColor);

  expect(background).toBe('rgb(20, 25, 27)');
});

it('is not on paper, open or closed', async () => {
  await using t = await shop.visit();
  await t.open();
  await t.page.emulateMedia({ media: 'print' });

  expect(await t.page.locator('parley-chat').evaluate((chat) => getComputedStyle(chat).display)).toBe('none');
  expect(await t.page.getByRole('dialog').isVisible()).toBe(false);
});

it('is printed whole where it is part of the page', async () => {
  await using t = await shop.visit({ attributes: 'mode="inline"' });
  shop.server.script({ deltas: ['A line.\n\n'.repeat(60)] });
  await t.ask('How?');
  await t.page.getByRole('button', { name: 'Good answer' }).waitFor();
  await t.page.emulateMedia({ media: 'print' });

  const height = await t.page.locator('parley-chat').evaluate((chat) => chat.getBoundingClientRect().height);

  expect(height).toBeGreaterThan(1500);
  expect(await t.box.isVisible()).toBe(false);
});

it.each([{ dir: 'ltr' }, { dir: 'rtl' }])(
  'has a round button in the middle for the latest words ($dir)',
  async ({ dir }) => {
    await using t = await shop.visit({ root: `dir="${dir}"` });
    shop.server.script({ deltas: ['A line.\n\n'.repeat(60)] });
    await t.open();
    await t.ask('How?');
    await t.page.getByRole('button', { name: 'Good answer' }).waitFor();
    await t.page.getByRole('log').evaluate((log) => {
      log.scrollTop = 0;
    });

    const jump = await t.page.getByRole('button', { name: 'Jump to latest' }).boundingBox();
    const panel = await t.page.getByRole('dialog').boundingBox();

    expect(jump).toMatchObject({ width: 44, height: 44 });
    expect((jump?.x ?? 0) + 22).toBeCloseTo((panel?.x ?? 0) + (panel?.width ?? 0) / 2, 0);
  },
);
