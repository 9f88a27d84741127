import { expect, it } from 'vitest';
import { findViolations } from '../support/accessibility.ts';
import { openShop, SOURCES } from '../support/shop.ts';

const shop = openShop();

it('moves the focus into the chat, and back where it was on Escape', async () => {
  await using t = await shop.visit();

  await t.page.locator('#page-button').focus();
  await t.page.evaluate(() => document.querySelector('parley-chat')?.open());
  await expect.poll(() => t.box.evaluate((box) => box.matches(':focus'))).toBe(true);
  await t.page.keyboard.press('Escape');

  await expect.poll(() => t.page.evaluate(() => document.activeElement?.id)).toBe('page-button');
  expect(await t.page.getByRole('dialog').isVisible()).toBe(false);
});

it('starts a new line on Shift+Enter, and sends nothing while an input method composes', async () => {
  await using t = await shop.visit();
  await t.open();

  await t.box.fill('one');
  await t.page.keyboard.press('Shift+Enter');
  await t.page.keyboard.type('two');
  await t.box.dispatchEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true });

  expect(await t.box.inputValue()).toBe('one\ntwo');
  expect(shop.server.requests).toEqual([]);
});

it('tells screen readers finished sentences only', async () => {
  await using t = await shop.visit();
  const rest = Promise.withResolvers<void>();
  shop.server.script({ deltas: ['It is one. And it', rest.promise, ' is two.'] });
  await t.open();
  await t.ask('How?');
  const live = t.page.locator('parley-chat [aria-live=polite] p');

  await expect.poll(() => live.allTextContents()).toEqual(['Looking through the documents…', 'It is one.']);
  rest.resolve();

  await expect.poll(() => live.allTextContents()).toContain('And it is two.');
});

it('is a sheet over the whole page on a phone, with text that does not make it zoom', async () => {
  await using t = await shop.visit({ phone: true });

  await t.open();
  const dialog = t.page.getByRole('dialog');

  await expect.poll(() => dialog.boundingBox()).toEqual({ x: 0, y: 0, width: 390, height: 780 });
  expect(await dialog.evaluate((element) => element.matches(':modal'))).toBe(true);
  expect(await t.box.evaluate((box) => Number.parseFloat(getComputedStyle(box).fontSize))).toBeGreaterThanOrEqual(16);
});

it('has buttons large enough for a finger', async () => {
  await using t = await shop.visit({ phone: true, attributes: 'prompts="How much?"' });
  shop.server.script({ deltas: ['Yes.'], sources: SOURCES });
  await t.open();
  await t.page.getByRole('button', { name: 'How much?' }).click();
  await t.page
    .getByRole('button', { name: 'Copy' })
    .or(t.page.getByRole('button', { name: 'Good answer' }))
    .first()
    .waitFor();

  const small = await t.page.locator('parley-chat button:visible, parley-chat summary').evaluateAll((buttons) =>
    buttons
      .map((button) => button.getBoundingClientRect())
      .filter(({ width, height }) => Math.round(Math.min(width, height)) < 44)
      .map(({ width, height }) => `${width} x ${height}`),
  );

  expect(small).toEqual([]);
});

it.each([
  { reducedMotion: 'no-preference' as const, moves: true },
  { reducedMotion: 'reduce' as const, moves: false },
])('moves only for people who like it (prefers-reduced-motion: $reducedMotion)', async ({ reducedMotion, moves }) => {
  const t = await shop.visit({ attributes: 'prompts="How much?"' });
  await t.page.emulateMedia({ reducedMotion });

  await t.page.evaluate(() => {
    for (const type of ['animationstart', 'transitionrun']) {
      document.querySelector('parley-chat')?.shadowRoot?.addEventListener(type, () => {
        document.body.dataset.moved = 'yes';
      });
    }
  });
  await t.open();
  await t.ask('How?');
  await t.answers.first().waitFor();
  if (moves) await t.page.locator('[data-moved]').waitFor();
  // Two frames later whatever was to move has begun to.
  await t.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const moved = await t.page.locator('body').getAttribute('data-moved');
  await t.page.context().close();

  expect(moved).toBe(moves ? 'yes' : null);
});

it.each(['light', 'dark'])('has nothing that axe finds fault with (%s)', async (theme) => {
  const t = await shop.visit({ attributes: `theme="${theme}" prompts="How much?"` });
  shop.server.script({ sources: SOURCES, deltas: ['## So\n\nRun `it` [1].\n\n```\ncode\n```\n\n| a |\n|---|\n| 1 |'] });

  await t.open();
  const empty = await findViolations(t.page);
  await t.ask('How?');
  await t.answers.getByRole('button', { name: 'Source 1' }).click();
  await t.page.getByRole('button', { name: 'Bad answer' }).click();
  const answered = await findViolations(t.page);
  shop.server.script({ refuse: { status: 429, code: 'rate_limited', retryAfter: 30 } });
  await t.ask('How?');
  await t.page.locator('parley-chat .notice').waitFor();
  const refused = await findViolations(t.page);
  await t.page.getByRole('button', { name: 'Past chats' }).click();
  await t.page.getByRole('button', { name: /^How\?/ }).waitFor();
  const listed = await findViolations(t.page);
  await t.page.context().close();

  expect({ empty, answered, refused, listed }).toEqual({ empty: [], answered: [], refused: [], listed: [] });
});
