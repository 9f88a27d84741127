import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { openShop } from '../support/shop.ts';

const shop = openShop();
const turbo = await readFile(new URL(import.meta.resolve('@hotwired/turbo/dist/turbo.es2017-umd.js')), 'utf8');

type Swap = (address: string) => Promise<void>;

/** Opens a website of two pages that a library swaps in place, with Turbo itself unless told. */
async function openPages({ chat = '<parley-chat name="Ada"></parley-chat>', script = '', head = '' } = {}) {
  shop.site.csp = '';
  shop.site.pages.set('/turbo.js', turbo);
  const page = (
    title: string,
  ) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>${head}
    <script src="/turbo.js" defer></script><script src="${shop.server.url}/widget.js" defer ${script}></script></head>
    <body><h1>${title}</h1><a href="/one">One</a> <a href="/two">Two</a> ${chat}</body></html>`;
  for (const name of ['one', 'two']) shop.site.pages.set(`/${name}`, page(name));
  const t = await shop.visit();
  await t.page.goto(`${shop.url}/one`);
  return {
    ...t,
    /** Follows a link of the page. */
    go: (async (address) => {
      await t.page.evaluate((to) => document.querySelector<HTMLAnchorElement>(`a[href="${to}"]`)?.click(), address);
      await t.page.locator('h1', { hasText: address.slice(1) }).waitFor();
    }) satisfies Swap,
    chats: t.page.locator('parley-chat'),
    dialog: t.page.getByRole('dialog'),
  };
}

it.each([
  ['a tag', {}],
  ['a script tag alone', { chat: '', script: 'data-parley data-name="Ada"' }],
  ['a tag, on pages that are morphed', { head: '<meta name="turbo-refresh-method" content="morph">' }],
])('keeps the open panel, the draft and the chat through visits of Turbo, with %s', async (_, options) => {
  await using t = await openPages(options);
  await t.open();
  await t.ask('How?');
  await t.answers.getByText('You said: How?').waitFor();
  await t.box.fill('And then');

  await t.go('/two');
  expect(await t.dialog.isVisible()).toBe(true);
  expect(await t.box.inputValue()).toBe('And then');
  expect(await t.answers.getByText('You said: How?').isVisible()).toBe(true);

  await t.page.goBack();
  await t.page.locator('h1', { hasText: 'one' }).waitFor();
  expect(await t.box.inputValue()).toBe('And then');
  expect(await t.chats.count()).toBe(1);
  await t.box.fill('Why?');
  await t.page.keyboard.press('Enter');
  await t.answers.getByText('You said: Why?').waitFor();
  expect(shop.server.sessions).toHaveLength(1);
});

it('goes on showing an answer that is being written while Turbo swaps the page', async () => {
  await using t = await openPages();
  const rest = Promise.withResolvers<void>();
  shop.server.script({ deltas: ['Half of it', rest.promise, ' and the rest.'] });
  await t.open();
  await t.ask('How?');
  await t.answers.getByText('Half of it').waitFor();

  await t.go('/two');
  await t.answers.getByText('Half of it').waitFor();
  rest.resolve();

  await t.answers.getByText('Half of it and the rest.').waitFor();
  expect(shop.server.messages.map(({ status }) => status)).toEqual(['complete', 'complete']);
});

it('stays closed where it was closed', async () => {
  await using t = await openPages();
  await t.open();
  await t.dialog.getByRole('button', { name: 'Close chat' }).click();

  await t.go('/two');

  await t.page.getByRole('button', { name: 'Open chat' }).waitFor();
  expect(await t.dialog.isVisible()).toBe(false);
});

it.each<[string, () => void]>([
  ['its element is moved', () => document.querySelector('h1')?.before(document.querySelector('parley-chat') ?? '')],
  [
    'its element is taken away and put back later',
    () => {
      const chat = document.querySelector('parley-chat');
      chat?.remove();
      setTimeout(() => document.body.append(chat ?? ''));
    },
  ],
  [
    'a router puts another element in its place',
    () => document.querySelector('parley-chat')?.replaceWith(document.createElement('parley-chat')),
  ],
  [
    'another element comes before it goes, in a transition of pages',
    () => {
      const old = document.querySelector('parley-chat');
      old?.after(document.createElement('parley-chat'));
      setTimeout(() => old?.remove(), 100);
      // An open chat is found by its role: the old one must not be taken for the new one.
      old?.setAttribute('hidden', '');
    },
  ],
  [
    'the body is written anew, as htmx does it',
    () => {
      document.body.innerHTML = '<h1>Swapped</h1><parley-chat name="Ada"></parley-chat>';
    },
  ],
])('keeps the open panel and the draft when %s', async (_, swap) => {
  await using t = await openPages();
  const events: string[] = [];
  await t.page.exposeFunction('note', (name: string) => events.push(name));
  await t.page.evaluate(() => {
    for (const name of ['parley-open', 'parley-close'])
      document.addEventListener(name, () => (window as unknown as { note: (name: string) => void }).note(name));
  });
  await t.open();
  await t.box.fill('A draft');

  await t.page.evaluate(swap);

  await expect.poll(() => t.dialog.isVisible()).toBe(true);
  expect(await t.box.inputValue()).toBe('A draft');
  await t.dialog.getByRole('button', { name: 'Close chat' }).click();
  await expect.poll(() => events).toEqual(['parley-open', 'parley-close']);
});

it('is a sheet again after its element was moved on a phone', async () => {
  await using t = await shop.visit({ phone: true });
  await t.open();
  await t.box.fill('A draft');

  await t.page.evaluate(() => document.querySelector('main')?.before(document.querySelector('parley-chat') ?? ''));

  await expect.poll(() => t.page.getByRole('dialog').evaluate((dialog) => dialog.matches(':modal'))).toBe(true);
  expect(await t.box.inputValue()).toBe('A draft');
});
