import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { openShop } from '../support/shop.ts';

const shop = openShop();

/** As a website makes it; the stand-in for the server takes its word. */
const userToken = (sub: string) => `e30.${Buffer.from(JSON.stringify({ sub })).toString('base64url')}.signature`;

describe('with users of the website', () => {
  const signIn = (page: Page, token: string | null) =>
    page.evaluate((value) => {
      const chat = document.querySelector('parley-chat');
      if (value === null) chat?.removeAttribute('user-token');
      else chat?.setAttribute('user-token', value);
    }, token);

  it('goes on with the chat of the anonymous visitor who signs in', async () => {
    await using t = await shop.visit();
    await t.open();
    await t.ask('Before?');
    await t.answers.getByText('You said: Before?').waitFor();

    await signIn(t.page, userToken('Ada ö'));
    await t.questions.getByText('Before?').waitFor();
    await t.ask('After?');
    await t.answers.getByText('You said: After?').waitFor();

    expect(await t.questions.allTextContents()).toEqual([
      expect.stringContaining('Before?'),
      expect.stringContaining('After?'),
    ]);
    expect(new Set(shop.server.messages.map(({ session_id }) => session_id)).size).toBe(1);
  });

  it('shows nothing of the first user to the second, nor to whoever comes after the log-out', async () => {
    await using t = await shop.visit({ attributes: `user-token="${userToken('ada')}"` });
    await t.open();
    await t.ask('Secret?');
    await t.answers.getByText('You said: Secret?').waitFor();

    for (const next of [userToken('bob'), null]) {
      await signIn(t.page, next);
      await expect.poll(() => t.questions.count()).toBe(0);
      await t.page.getByRole('button', { name: 'Past chats' }).click();
      await t.page.getByText('No past chats yet.').waitFor();
      await t.page.reload();
      await signIn(t.page, next);
      await t.open();
      await t.page.getByRole('button', { name: 'Past chats' }).click();
      await t.page.getByText('No past chats yet.').waitFor();
      await t.page.getByRole('button', { name: 'Back to the chat' }).click();
    }
  });

  it('keeps the chat when the website signs anew for the same user', async () => {
    await using t = await shop.visit({ attributes: `user-token="${userToken('ada')}"` });
    await t.open();
    await t.ask('Still here?');
    await t.answers.getByText('You said: Still here?').waitFor();

    await signIn(t.page, `${userToken('ada')}-renewed`);
    await t.ask('And now?');
    await t.answers.getByText('You said: And now?').waitFor();

    expect(await t.questions.count()).toBe(2);
    expect(shop.server.requests.filter(({ path }) => path === '/api/visitors')).toHaveLength(2);
  });

  it('lists their chats of every platform, with where those began', async () => {
    await using t = await shop.visit({ attributes: `user-token="${userToken('ada')}"` });
    await t.open();
    await t.ask('Here?');
    await t.answers.getByText('You said: Here?').waitFor();
    const owner = shop.server.sessions[0]!.owner;
    const there = {
      id: crypto.randomUUID(),
      owner,
      title: 'There?',
      platform: 'discord',
      updated_at: new Date().toISOString(),
    };
    shop.server.sessions.push(there);
    shop.server.store(there.id, 'user', 'There?');
    shop.server.store(there.id, 'assistant', 'Yes.');

    await t.page.getByRole('button', { name: 'Past chats' }).click();
    await t.page.getByRole('button', { name: /There\?.*discord/ }).waitFor();
    expect(await t.page.locator('parley-chat .session').allTextContents()).toEqual([
      expect.not.stringContaining('web'),
      expect.stringContaining('discord · '),
    ]);
    await t.page.getByRole('button', { name: /There\?.*discord/ }).click();

    await t.answers.getByText('Yes.').waitFor();
  });
});
