import type { Locator } from 'playwright';
import { expect, it } from 'vitest';
import { openShop } from '../support/shop.ts';

const shop = openShop();

/** The text of a line in the order in which its characters stand on the screen, from the left. */
function seenText(line: Locator): Promise<string> {
  return line.evaluate((element) => {
    const seen: { letter: string; x: number }[] = [];
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      [...(node.textContent ?? '')].forEach((letter, at) => {
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        seen.push({ letter, x: range.getBoundingClientRect().left });
      });
    }
    return seen
      .sort((one, other) => one.x - other.x)
      .map(({ letter }) => letter)
      .join('');
  });
}

const directionOf = (element: Locator) => element.evaluate((one) => getComputedStyle(one).direction);

it('shows code, addresses and English as they are written, on a page from right to left', async () => {
  await using t = await shop.visit({ root: 'dir="rtl"' });
  const markdown = [
    'Run `npm run build (all)`, please.',
    'הריצו `npm run build -- --all` עכשיו.',
    '```sh\nnpm run build -- --all\n```',
    'ראו https://docs.example.com/a_(b).',
    '> An English quote.',
    '1. שלום עולם\n2. Hello, world.',
    '| שם | Price |\n|---|---|\n| לחם | -5 EUR. |',
  ].join('\n\n');
  shop.server.script({ deltas: [markdown] });
  await t.open();
  await t.ask('How?');
  await t.page.getByRole('button', { name: 'Good answer' }).waitFor();
  const text = t.answers.locator('.text');

  expect(await seenText(text.locator('p').first())).toBe('Run npm run build (all), please.');
  expect(await seenText(text.locator('code').nth(1))).toBe('npm run build -- --all');
  expect(await seenText(text.locator('pre code'))).toBe('npm run build -- --all');
  expect(await seenText(text.locator('a'))).toBe('https://docs.example.com/a_(b)');
  expect(await seenText(text.locator('blockquote p'))).toBe('An English quote.');
  expect(await seenText(text.locator('td').nth(1))).toBe('-5 EUR.');
  expect(await directionOf(text.locator('p').nth(1))).toBe('rtl');
  expect(await directionOf(text.locator('li').first())).toBe('rtl');
  expect(await directionOf(text.locator('li').nth(1))).toBe('ltr');
  expect(await directionOf(text.locator('table'))).toBe('rtl');
  const [first, second] = await text
    .locator('th')
    .evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().x));
  expect(first).toBeGreaterThan(second ?? 0);
});

it.each(['ltr', 'rtl'])('gives each question and each draft its own direction, on a page that is %s', async (dir) => {
  await using t = await shop.visit({ root: `dir="${dir}"` });
  await t.open();
  await t.ask('מה שלומך?');
  await t.answers.getByText('You said').waitFor();
  await t.ask('How are you?');
  await t.answers.getByText('You said: How').waitFor();
  await t.box.fill('ואז');

  expect(await directionOf(t.questions.first().locator('p'))).toBe('rtl');
  expect(await directionOf(t.questions.last().locator('p'))).toBe('ltr');
  expect(await directionOf(t.box)).toBe('rtl');
  expect(await seenText(t.questions.last().locator('p'))).toBe('How are you?');
  await t.box.fill('');
  expect(await directionOf(t.box)).toBe(dir);
});

it.each([
  ['', false],
  ['position="right"', true],
  ['position="left"', false],
])('puts the bubble where lines end, unless told (%s)', async (attributes, isRight) => {
  await using t = await shop.visit({ root: 'dir="rtl"', attributes });
  await t.open();

  const launcher = await t.page.locator('parley-chat .launcher').boundingBox();
  const panel = await t.page.getByRole('dialog').boundingBox();

  expect((launcher?.x ?? 0) > 500).toBe(isRight);
  expect(panel?.x).toBe(isRight ? 1000 - 20 - (panel?.width ?? 0) : 20);
});

it('mirrors the icons that point somewhere, and no others', async () => {
  await using t = await shop.visit({ root: 'dir="rtl"' });
  await t.open();
  const transformOf = (name: string) =>
    t.page
      .getByRole('button', { name })
      .locator('svg')
      .evaluate((icon) => getComputedStyle(icon).transform);

  await t.page.getByRole('button', { name: 'Past chats' }).click();

  expect(await transformOf('Back to the chat')).toBe('matrix(-1, 0, 0, 1, 0, 0)');
  expect(await transformOf('New chat')).toBe('none');
  expect(await transformOf('Send')).toBe('none');
});
