import type { BrowserContextOptions } from 'playwright';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { launchBrowser } from './browser.ts';
import { type FakeParleyServer, type FakeSource, startFakeParleyServer } from './fake-parley-server.ts';

export const SOURCES: FakeSource[] = [
  { n: 1, title: 'Installing', url: 'https://docs.example.com/install', snippet: 'Run npm start.', score: 0.9 },
  { n: 2, title: 'handbook.pdf', url: null, snippet: 'Sources have audiences.', score: 0.7 },
];

interface Visit {
  attributes?: string;
  script?: string;
  phone?: boolean;
  /** Attributes of the page itself. */
  root?: string;
  /** HTML in the page's head. */
  head?: string;
  context?: BrowserContextOptions;
}

/**
 * A website under a strict CSP that embeds the widget from a server of another origin. Call it once in a test file:
 * each test gets both anew.
 */
export function openShop() {
  let browser: Awaited<ReturnType<typeof launchBrowser>>;
  let server: FakeParleyServer;
  let site: FakeParleyServer;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
  });
  beforeEach(async () => {
    server = await startFakeParleyServer();
    site = await startFakeParleyServer();
    site.options.csp = [
      "default-src 'none'",
      `script-src ${server.url}`,
      `connect-src ${server.url}`,
      "require-trusted-types-for 'script'",
      'trusted-types lit-html',
    ].join('; ');
    return async () => {
      await server.stop();
      await site.stop();
    };
  });

  return {
    /** The stand-in for Parley, which serves the real script. */
    get server() {
      return server;
    },
    get url() {
      return site.url;
    },
    /** The website: its pages by path, and its CSP. */
    get site() {
      return site.options;
    },

    /** Opens the page; every complaint of the browser (a CSP violation, an error) fails the test. */
    async visit({ attributes = '', script = '', phone = false, root = '', head = '', context: own = {} }: Visit = {}) {
      const tag = script ? '' : `<parley-chat name="Ada" ${attributes}></parley-chat>`;
      const html = `<!doctype html><html lang="en" ${root}><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Shop</title>${head}
    <main><h1>Shop</h1><button id="page-button">Buy</button></main>${tag}
    <script src="${server.url}/widget.js" defer ${script}></script></html>`;
      site.options.pages.set('/shop', html);
      const context = await browser.newContext(
        phone
          ? { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true, ...own }
          : { viewport: { width: 1000, height: 760 }, ...own },
      );
      context.setDefaultTimeout(60_000);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        // The browser reports refused requests itself; those are what some tests are about.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
          complaints.push(message.text());
      });
      await page.goto(`${site.url}/shop`);
      return {
        page,
        box: page.getByRole('textbox', { name: 'Ask a question…' }),
        answers: page.locator('parley-chat .answer'),
        questions: page.locator('parley-chat .user'),
        open: () => page.getByRole('button', { name: 'Open chat' }).click(),
        async ask(text: string) {
          await page.getByRole('textbox', { name: 'Ask a question…' }).fill(text);
          await page.keyboard.press('Enter');
        },
        /** From then on time passes in the page only when the test lets it. */
        async stopClock() {
          await page.clock.install();
          await page.clock.pauseAt(Date.now() + 60_000);
        },
        [Symbol.asyncDispose]: async () => {
          await context.close();
          expect(complaints).toEqual([]);
        },
      };
    },
  };
}
