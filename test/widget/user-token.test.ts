import { SignJWT } from 'jose';
import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { buildPages } from '../support/built-pages.ts';
import { startFakeParleyServer } from '../support/fake-parley-server.ts';
import { createTestHttpServer, widgetIdentitySecret } from '../support/test-http-server.ts';

let browser: Awaited<ReturnType<typeof launchBrowser>>;
let dist: Awaited<ReturnType<typeof buildPages>>;
beforeAll(async () => {
  [browser, dist] = await Promise.all([launchBrowser(), buildPages()]);
});
afterAll(async () => {
  await browser.close();
  await dist[Symbol.asyncDispose]();
});

const sign = (sub: string) =>
  new SignJWT({ name: sub })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setExpirationTime('1h')
    .sign(Buffer.from(widgetIdentitySecret));

/** A website of another origin, which embeds the real widget from the real server. */
async function openWebsite() {
  const site = await startFakeParleyServer();
  const t = await createTestHttpServer({ distDir: dist.distDir, config: { WIDGET_ORIGINS: [site.url] } });
  const context = await browser.newContext();
  context.setDefaultTimeout(60_000);
  return {
    ...t,
    async visit(userToken?: string): Promise<Page> {
      const attribute = userToken === undefined ? '' : `user-token="${userToken}"`;
      site.options.pages.set(
        '/shop',
        `<!doctype html><html lang="en"><title>Shop</title><parley-chat mode="inline" ${attribute}></parley-chat>
        <script src="${t.url}/widget.js" defer></script></html>`,
      );
      const page = await context.newPage();
      await page.goto(`${site.url}/shop`);
      return page;
    },
    async [Symbol.asyncDispose]() {
      await context.close();
      await site.stop();
      await t[Symbol.asyncDispose]();
    },
  };
}

it('makes the anonymous visitor the website’s user, with their chats, and nobody else the same', async () => {
  await using t = await openWebsite();
  const anonymous = await t.visit();
  await anonymous.getByRole('textbox').fill('Who am I?');
  await anonymous.keyboard.press('Enter');
  const call = await t.scripted.call(0);
  call.say('Nobody yet.');
  call.finish();
  await anonymous.getByRole('log').getByText('Nobody yet.').waitFor();

  const ada = await t.visit(await sign('Ada'));
  await ada.getByRole('log').getByText('Nobody yet.').waitFor();
  const bob = await t.visit(await sign('Bob'));
  await bob.getByRole('button', { name: 'Past chats' }).click();
  await bob.getByText('No past chats yet.').waitFor();
  const again = await t.visit(await sign('Ada'));
  await again.getByRole('button', { name: 'Past chats' }).click();
  await again.getByRole('button', { name: /^Who am I/ }).waitFor();
  const loggedOut = await t.visit();
  await loggedOut.getByRole('textbox').waitFor();

  expect(await loggedOut.getByText('Nobody yet.').count()).toBe(0);
  expect((await t.db('users').pluck('display_name')).sort()).toEqual(['Ada', 'Bob']);
});
