import type { BrowserContextOptions, Page } from 'playwright';
import { expect } from 'vitest';
import type { Checkout } from '../../core/ports/checkout.ts';
import type { ProfileReader } from '../../core/ports/profile-reader.ts';
import type { SignInProvider } from '../../core/ports/sign-in-provider.ts';
import type { launchBrowser } from './browser.ts';
import { findFreePort } from './free-port.ts';
import { createTestHttpServer } from './test-http-server.ts';

export const password = 'correct horse 7 staple';

/** Our own pages as people get them: the built scripts from the real server, opened in a real browser. */
export async function openOwnPages({
  browser,
  distDir,
  signInProviders = async () => [],
  profileReaders = [],
  ...billing
}: {
  browser: Awaited<ReturnType<typeof launchBrowser>>;
  distDir: string;
  /** @param publicUrl where they send people back to */
  signInProviders?: (publicUrl: string) => Promise<SignInProvider[]>;
  profileReaders?: ProfileReader[];
  checkout?: Checkout;
  apiKeyPriceMicros?: number;
}) {
  const port = await findFreePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const t = await createTestHttpServer({
    distDir,
    // Where stand-ins run.
    ownKeys: { allowPrivateHosts: ['127.0.0.1'] },
    config: { PORT: port, PUBLIC_URL: publicUrl },
    signInProviders: await signInProviders(publicUrl),
    profileReaders,
    ...billing,
  });
  const complaints: string[] = [];
  const contexts: AsyncDisposable[] = [];
  let people = 0;

  /** A browser of its own, with nobody logged in. Every complaint of it (a CSP violation, an error) fails the test. */
  async function openBrowser(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1000, height: 760 }, baseURL: t.url, ...options });
    contexts.push(context);
    context.setDefaultTimeout(60_000);
    context.on('console', (message) => {
      // The browser reports refused requests itself; those are what some tests are about.
      const isRefusal = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isRefusal) complaints.push(message.text());
    });
    context.on('weberror', (error) => complaints.push(error.error().message));
    return context.newPage();
  }

  return {
    ...t,
    openBrowser,

    /** Registers somebody in this browser by the form, and gives their name and id. */
    async register(page: Page, next = '/account'): Promise<{ username: string; userId: string }> {
      people += 1;
      const username = `page-person-${people}`;
      await page.goto(`/login?next=${encodeURIComponent(next)}`);
      await page.getByRole('button', { name: 'Create an account' }).click();
      await page.getByLabel('Username').fill(username);
      await page.getByLabel('Password', { exact: true }).fill(password);
      await page.getByRole('button', { name: 'Create account' }).click();
      await page.waitForURL(t.url + next);
      const row = await t.db('accounts').where({ username }).first('user_id');
      return { username, userId: row.user_id };
    },

    /** Writes the next answer of the assistant. */
    async answer(index: number, text: string): Promise<void> {
      const call = await t.scripted.call(index);
      call.say(text);
      call.finish();
    },

    async [Symbol.asyncDispose]() {
      for (const context of contexts) await context[Symbol.asyncDispose]();
      await t[Symbol.asyncDispose]();
      expect(complaints).toEqual([]);
    },
  };
}
