import { expect, it } from 'vitest';
import { findViolations } from '../support/accessibility.ts';
import { openShop, SOURCES } from '../support/shop.ts';

const shop = openShop();

async function showAnswer(markdown: string) {
  const t = await shop.visit();
  await t.page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: shop.url });
  shop.server.script({ sources: SOURCES, deltas: markdown.split(/(?<=\s)/) });
  await t.open();
  await t.ask('How?');
  await t.page.getByRole('button', { name: 'Good answer' }).waitFor();
  // What draws it richly may come a moment after its words.
  await t.answers.locator('.text > *').first().waitFor();
  return { ...t, text: t.answers.locator('.text') };
}

it('copies a piece of code, by the keyboard too, and says so', async () => {
  await using t = await showAnswer('Run:\n\n```sh\nnpm ci\nnpm start\n```\n\nor\n\n```js\nlet a = "<b>";\n```');
  const buttons = t.text.getByRole('button', { name: 'Copy code' });
  await expect.poll(() => buttons.count()).toBe(2);

  await buttons.first().focus();
  await t.page.keyboard.press('Enter');

  await t.text.getByRole('button', { name: 'Copied' }).waitFor();
  expect(await t.page.evaluate(() => navigator.clipboard.readText())).toBe('npm ci\nnpm start');
  expect(await t.page.locator('parley-chat [aria-live=polite] p').allTextContents()).toContain('Copied');
  await expect.poll(() => buttons.count(), { timeout: 5000 }).toBe(2);
});

it('shows tasks as boxes that are ticked or not', async () => {
  await using t = await showAnswer('- [x] Install **it**\n- [ ] Start it\n- [link] stays');
  const boxes = t.text.getByRole('checkbox');
  await boxes.first().waitFor();

  expect(await boxes.evaluateAll((all) => all.map((box) => (box as HTMLInputElement).checked))).toEqual([true, false]);
  expect(await t.text.getByRole('checkbox', { name: 'Install it' }).isDisabled()).toBe(true);
  expect(await t.text.locator('li').allInnerTexts()).toEqual(
    ['Install it', 'Start it', '[link] stays'].map((line) => expect.stringContaining(line)),
  );
  expect(await t.text.textContent()).not.toContain('[x]');
});

it('aligns columns as they say', async () => {
  await using t = await showAnswer(
    '| Plan | Price | Users | Left |\n|---|--:|:-:|:--|\n| A \\| B | 12 | 3 | x |\n| C |',
  );

  const cells = await t.text
    .locator('tr')
    .nth(1)
    .locator('td')
    .evaluateAll((all) => all.map((cell) => getComputedStyle(cell).textAlign));
  expect(cells).toEqual([expect.not.stringMatching('right|center'), 'right', 'center', 'left']);
  expect(await t.text.locator('td').first().textContent()).toBe('A | B');
  expect(await t.text.locator('tr').last().locator('td').count()).toBe(4);
});

it('shows footnotes as small numbers that lead to their notes, apart from sources', async () => {
  await using t = await showAnswer(
    'It is free.[^why] It is fast [1].[^2]\n\n[^why]: For **small** teams.\n[^2]: Since 2.0.\n\nAnd [^none].',
  );

  expect(await t.text.locator('p').first().textContent()).not.toContain('[^');
  expect(await t.text.locator('p', { hasText: 'And' }).textContent()).toBe('And [^none].');
  expect(await t.text.locator('.note').allTextContents()).toEqual(['1. For small teams.', '2. Since 2.0.']);
  await t.text.getByRole('button', { name: 'Footnote 2' }).click();
  expect(
    await t.text
      .locator('.note')
      .nth(1)
      .evaluate((note) => note.matches(':focus')),
  ).toBe(true);
  expect(await t.page.locator('parley-chat details').evaluate((details) => (details as HTMLDetailsElement).open)).toBe(
    false,
  );
});

it('has nothing in a rich answer that axe finds fault with', async () => {
  await using t = await showAnswer(
    '- [x] a\n- [ ] b\n\n```\nc\n```\n\n| a | b |\n|--:|---|\n| 1 | 2 |\n\nd[^1] [1]\n\n[^1]: e',
  );

  expect(await findViolations(t.page)).toEqual([]);
});

it('says that an answer was cut by its length limit, and goes on with it', async () => {
  await using t = await showAnswer('The first half');
  Object.assign(shop.server.messages.at(-1) ?? {}, { cut: true });
  await t.page.reload();
  await t.open();
  await t.answers.getByText('This answer was cut by its length limit.').waitFor();
  shop.server.script({ deltas: [' and the second.'] });

  await t.page.getByRole('button', { name: 'Go on' }).click();

  await t.answers.getByText('The first half and the second.').waitFor();
  expect(await t.answers.getByText('length limit').count()).toBe(0);
  expect(await t.answers.count()).toBe(1);
});
