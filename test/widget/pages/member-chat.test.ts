import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSessions } from '../../../core/sessions/sessions.ts';
import { findViolations } from '../../support/accessibility.ts';
import { launchBrowser } from '../../support/browser.ts';
import { buildPages } from '../../support/built-pages.ts';
import { openOwnPages } from '../../support/own-pages.ts';
import { fitsScreen, SCREENS } from '../../support/screens.ts';
import { systemClock } from '../../support/test-turns.ts';

describe('the chat on our own page', () => {
  let browser: Awaited<ReturnType<typeof launchBrowser>>;
  let dist: Awaited<ReturnType<typeof buildPages>>;
  beforeAll(async () => {
    [browser, dist] = await Promise.all([launchBrowser(), buildPages()]);
  });
  afterAll(async () => {
    await browser.close();
    await dist[Symbol.asyncDispose]();
  });
  const open = () => openOwnPages({ browser, distDir: dist.distDir });

  it('is the visitor’s before anybody logs in', async () => {
    await using t = await open();
    const page = await t.openBrowser();
    await page.goto('/');

    await page.getByRole('textbox').fill('Who am I?');
    await page.keyboard.press('Enter');
    await t.answer(0, 'A visitor.');

    await page.locator('parley-chat .answer').getByText('A visitor.').waitFor();
    expect(await t.db('users').pluck('display_name')).toEqual(['Visitor']);
    expect(await page.getByRole('link', { name: 'Log in' }).getAttribute('href')).toBe('/login?next=%2F');
  });

  it('is the member’s afterwards, still there after a reload, and nobody’s after the log-out', async () => {
    await using t = await open();
    const page = await t.openBrowser();
    const { userId, username } = await t.register(page, '/');

    await page.getByRole('textbox').fill('Who am I?');
    await page.keyboard.press('Enter');
    await t.answer(0, 'A member.');
    await page.locator('parley-chat .answer').getByText('A member.').waitFor();
    expect(await t.db('sessions').pluck('user_id')).toEqual([userId]);

    await page.reload();
    await page.locator('parley-chat .answer').getByText('A member.').waitFor();
    await page.getByRole('link', { name: username }).waitFor();

    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in to Parley' }).waitFor();
    await page.goto('/');
    await page.getByRole('link', { name: 'Log in' }).waitFor();
    expect(await page.locator('parley-chat .answer').count()).toBe(0);
  });

  it('takes along what was asked in this browser before the login, and forgets the visitor', async () => {
    await using t = await open();
    const page = await t.openBrowser();
    await page.goto('/');
    await page.getByRole('textbox').fill('Before?');
    await page.keyboard.press('Enter');
    await t.answer(0, 'Asked by a visitor.');
    await page.locator('parley-chat .answer').getByText('Asked by a visitor.').waitFor();

    const { userId } = await t.register(page, '/');

    await page.locator('parley-chat .answer').getByText('Asked by a visitor.').waitFor();
    expect(await t.db('sessions').pluck('user_id')).toEqual([userId]);
    expect(await t.db('users').pluck('id')).toEqual([userId]);
    expect(await page.evaluate(() => localStorage.getItem(`parley:${location.origin}/`))).toBeNull();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in to Parley' }).waitFor();
    await page.goto('/');
    await page.getByRole('textbox').waitFor();
    expect(await page.locator('parley-chat .message').count()).toBe(0);
  });

  it('goes on with a chat that began in Discord', async () => {
    await using t = await open();
    const page = await t.openBrowser();
    const { userId } = await t.register(page, '/');
    const sessions = createSessions({ db: t.db, clock: systemClock });
    const { id } = await sessions.create({ userId, platform: 'discord', space: 'discord:1', title: 'Rowing boats' });
    const question = { platform: 'discord', eventId: null, userId, sessionId: id, text: 'Do they float?' } as const;
    const place = { space: 'discord:1', isPrivate: true };
    const { signal } = new AbortController();
    void t.answer(0, 'They do.');
    for await (const _ of t.turns.run({ ...question, place }, { signal }));

    await page.reload();
    await page.getByRole('button', { name: 'Past chats' }).click();
    await page.getByRole('button', { name: /^Rowing boats.*discord/ }).click();
    await page.locator('parley-chat .answer').getByText('They do.').waitFor();
    await page.getByRole('textbox').fill('Why?');
    await page.keyboard.press('Enter');
    await t.answer(1, 'Air.');

    await page.locator('parley-chat .answer').getByText('Air.').waitFor();
    expect(await t.db('sessions').pluck('id')).toEqual([id]);
  });

  it('leads to the login page when the login was ended elsewhere', async () => {
    await using t = await open();
    const page = await t.openBrowser();
    const { userId } = await t.register(page, '/');
    // What the page asks for as it opens would find out, too.
    await page.waitForLoadState('networkidle');
    await t.db('logins').where({ user_id: userId }).update({ ended_at: new Date(), cookie_hash: null });

    await page.getByRole('textbox').fill('Still me?');
    await page.keyboard.press('Enter');

    await page.waitForURL('/login?next=%2F');
  });

  it.each(SCREENS)('has nothing that axe finds fault with, and fits (%s)', async (_, options) => {
    await using t = await open();
    const page = await t.openBrowser(options);
    await page.goto('/');
    const visitor = await findViolations(page);
    await t.register(page, '/');
    await page.getByRole('textbox').waitFor();

    expect([visitor, await findViolations(page)]).toEqual([[], []]);
    expect(await fitsScreen(page)).toBe(true);
  });

  it('says in words when there is nothing at an address, with a way home', async () => {
    await using t = await open();
    const page = await t.openBrowser();

    const response = await page.goto('/nowhere');

    expect(response?.status()).toBe(404);
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole('link', { name: 'Go to the assistant' }).click();
    await page.getByRole('textbox').waitFor();
  });
});
