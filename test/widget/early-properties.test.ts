import { expect, it } from 'vitest';
import { openShop } from '../support/shop.ts';

const shop = openShop();

/** As somebody's user would be named in it; nobody checks it here. */
const TOKEN = `h.${btoa(JSON.stringify({ sub: 'ada' }))}.s`;

it.each<[string, (chat: Element, token: string) => void]>([
  [
    'set on the element, as by a reference or a directive',
    (chat, userToken) => {
      Object.assign(chat, { prompts: ['Is it free?', 'How, and when?'], texts: { subtitle: 'Hilfe' }, userToken });
    },
  ],
  [
    'written as attributes, as frameworks do where they find no property',
    (chat, userToken) => {
      chat.setAttribute('prompts', String(['Is it free?', 'How, and when?']));
      chat.setAttribute('texts', JSON.stringify({ subtitle: 'Hilfe' }));
      chat.setAttribute('userToken', userToken);
    },
  ],
])('keeps properties from before the script was there, %s', async (_, set) => {
  shop.site.csp = '';
  await using t = await shop.visit({ script: 'data-nothing' });
  shop.site.pages.set(
    '/early',
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Early</title><h1>Early</h1></html>',
  );
  await t.page.goto(`${shop.url}/early`);
  await t.page.evaluate(
    (token) => Object.assign(window, { token, chat: document.body.appendChild(document.createElement('parley-chat')) }),
    TOKEN,
  );
  await t.page.evaluate(`(${set})(chat, token)`);
  await t.page.addScriptTag({ url: `${shop.server.url}/widget.js` });

  await t.open();

  expect(await t.page.locator('parley-chat .prompt').allTextContents()).toEqual(['Is it free?', 'How, and when?']);
  expect(await t.page.getByText('Hilfe').isVisible()).toBe(true);
  await t.ask('How?');
  await t.answers.getByText('You said: How?').waitFor();
  expect(shop.server.requests.find(({ path }) => path === '/api/visitors')?.body).toEqual({ user_token: TOKEN });
});
