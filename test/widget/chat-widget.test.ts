import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findViolations } from '../support/accessibility.ts';
import { launchBrowser } from '../support/browser.ts';
import { type FakeParleyServer, type FakeSource, startFakeParleyServer } from '../support/fake-parley-server.ts';

type Browser = Awaited<ReturnType<typeof launchBrowser>>;

const SOURCES: FakeSource[] = [
  { n: 1, title: 'Installing', url: 'https://docs.example.com/install', snippet: 'Run npm start.', score: 0.9 },
  { n: 2, title: 'handbook.pdf', url: null, snippet: 'Sources have audiences.', score: 0.7 },
];

let browser: Browser;
let server: FakeParleyServer;
/** The website that embeds the widget: another origin. */
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

interface Visit {
  attributes?: string;
  script?: string;
  phone?: boolean;
}

/** Opens the embedding page; every complaint of the browser (a CSP violation, an error) fails the test. */
async function visit({ attributes = '', script = '', phone = false }: Visit = {}) {
  const tag = script ? '' : `<parley-chat name="Ada" ${attributes}></parley-chat>`;
  const html = `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Shop</title>
    <main><h1>Shop</h1><button id="page-button">Buy</button></main>${tag}
    <script src="${server.url}/widget.js" defer ${script}></script></html>`;
  site.options.pages.set('/shop', html);
  const context = await browser.newContext(
    phone
      ? { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true }
      : { viewport: { width: 1000, height: 760 } },
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
    complaints,
    box: page.getByRole('textbox', { name: 'Ask a question…' }),
    answers: page.locator('parley-chat .answer'),
    questions: page.locator('parley-chat .user'),
    open: () => page.getByRole('button', { name: 'Open chat' }).click(),
    async ask(text: string) {
      await page.getByRole('textbox', { name: 'Ask a question…' }).fill(text);
      await page.keyboard.press('Enter');
    },
    [Symbol.asyncDispose]: async () => {
      await context.close();
      expect(complaints).toEqual([]);
    },
  };
}

/** From then on time passes in the page only when the test lets it. */
async function stopClock(page: Page): Promise<void> {
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 60_000);
}

it('answers with sources on a page of another origin under a strict CSP', async () => {
  await using t = await visit();
  server.script({ sources: SOURCES, deltas: ['Run **it** [1]', ' and see [2].'] });

  await t.open();
  await t.ask('How?');

  await t.answers.getByRole('button', { name: 'Source 2' }).click();
  expect(await t.answers.locator('strong').textContent()).toBe('it');
  expect(await t.answers.getByText('Sources have audiences.').isVisible()).toBe(true);
  expect(await t.answers.getByRole('link', { name: /Installing/ }).getAttribute('href')).toBe(SOURCES[0]!.url);
});

it('sends and stores nothing before the first question', async () => {
  await using t = await visit();

  await t.open();

  expect(server.requests).toEqual([]);
  expect(await t.page.evaluate(() => localStorage.length)).toBe(0);
});

it('can be put on a page by its script tag alone', async () => {
  await using t = await visit({ script: 'data-parley data-name="Bob" data-position="left"' });

  await t.open();

  expect(await t.page.getByRole('dialog', { name: 'Bob' }).isVisible()).toBe(true);
});

it('moves the focus into the chat, and back where it was on Escape', async () => {
  await using t = await visit();

  await t.page.locator('#page-button').focus();
  await t.page.evaluate(() => document.querySelector('parley-chat')?.open());
  await expect.poll(() => t.box.evaluate((box) => box.matches(':focus'))).toBe(true);
  await t.page.keyboard.press('Escape');

  await expect.poll(() => t.page.evaluate(() => document.activeElement?.id)).toBe('page-button');
  expect(await t.page.getByRole('dialog').isVisible()).toBe(false);
});

it('starts a new line on Shift+Enter, and sends nothing while an input method composes', async () => {
  await using t = await visit();
  await t.open();

  await t.box.fill('one');
  await t.page.keyboard.press('Shift+Enter');
  await t.page.keyboard.type('two');
  await t.box.dispatchEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true });

  expect(await t.box.inputValue()).toBe('one\ntwo');
  expect(server.requests).toEqual([]);
});

it('shows the chat again after a reload', async () => {
  await using t = await visit({ attributes: 'mode="inline"' });
  await t.ask('How?');
  await t.answers.getByText('You said: How?').waitFor();

  await t.page.reload();

  await t.answers.getByText('You said: How?').waitFor();
  expect(await t.questions.textContent()).toContain('How?');
});

it('stops an answer, keeps what was written, and tries again in its place', async () => {
  await using t = await visit();
  server.script({ deltas: ['Half of it', new Promise(() => {})] });
  await t.open();
  await t.ask('How?');
  await t.answers.getByText('Half of it').waitFor();

  await t.page.getByRole('button', { name: 'Stop answering' }).click();
  await expect.poll(() => server.closings).toEqual(['How?']);
  await t.answers.getByText('You stopped this answer.').waitFor();
  await t.page.getByRole('button', { name: 'Try again' }).click();

  await t.answers.getByText('You said: How?').waitFor();
  expect(await t.questions.count()).toBe(1);
  expect(await t.answers.count()).toBe(1);
});

it('says in words why an answer failed', async () => {
  await using t = await visit();
  server.script({ deltas: ['Half'], error: { code: 'model_timeout', message: 'The model took too long.' } });
  await t.open();

  await t.ask('How?');

  await t.answers.getByText('The model took too long.').waitFor();
  expect(await t.page.getByRole('button', { name: 'Try again' }).isVisible()).toBe(true);
});

it('counts down when there were too many questions, and keeps the text', async () => {
  await using t = await visit();
  server.script({ refuse: { status: 429, code: 'rate_limited', retryAfter: 2 } });
  await stopClock(t.page);
  await t.open();

  await t.ask('How?');
  const notice = t.page.locator('parley-chat .notice');

  await notice.getByText('in 2 s').waitFor();
  await t.page.clock.runFor(1000);
  await notice.getByText('in 1 s').waitFor();
  await t.page.clock.runFor(1000);
  await notice.waitFor({ state: 'detached' });
  expect(await t.box.inputValue()).toBe('How?');
  await t.page.getByRole('button', { name: 'Send' }).click();
  await t.answers.getByText('You said: How?').waitFor();
});

it('keeps the text while offline', async () => {
  await using t = await visit();
  await t.open();
  await t.page.context().setOffline(true);

  await t.ask('How?');

  await t.page.locator('parley-chat .notice').getByText('You are offline.').waitFor();
  expect(await t.box.inputValue()).toBe('How?');
});

it.each([
  [403, 'forbidden', 'This website may not use this chat.'],
  [503, 'shutting_down', 'The assistant cannot be reached.'],
])('explains a %d', async (status, code, words) => {
  await using t = await visit();
  server.script({ refuse: { status, code } });
  await t.open();

  await t.ask('How?');

  await t.page.locator('parley-chat .notice').getByText(words).waitFor();
  expect(await t.box.inputValue()).toBe('How?');
});

it('shows Markdown, and never HTML or an address that runs something', async () => {
  await using t = await visit();
  const markdown = [
    '# Title',
    'Costs $5 and `$PATH`, a[0], see https://a.example/b_(c). <img src=x onerror=alert(1)>',
    'See <https://b.example>.',
    '[one](javascript:alert(1)) [two](data:text/html,x) [three](https://a.example/x_(y)) ![four](https://a.example/p.png)',
    '1. first\n   - inner\n2. second',
    '```js\nlet **a** = "<b>"\n```',
    '| a | b |\n|---|---|\n| 1 | *2* |',
  ].join('\n\n');
  server.script({ deltas: [...markdown] });
  await t.open();

  await t.ask('How?');
  await t.page.getByRole('button', { name: 'Good answer' }).waitFor();
  const text = t.answers.locator('.text');

  expect(await text.locator('a').evaluateAll((links) => links.map((link) => link.getAttribute('href')))).toEqual([
    'https://a.example/b_(c)',
    'https://b.example',
    'https://a.example/x_(y)',
    'https://a.example/p.png',
  ]);
  expect(await text.locator('a').first().getAttribute('rel')).toBe('noopener noreferrer');
  expect(await text.locator('img, script, b').count()).toBe(0);
  expect(await text.locator('p').first().textContent()).toBe(
    'Costs $5 and $PATH, a[0], see https://a.example/b_(c). <img src=x onerror=alert(1)>',
  );
  expect(await text.locator('p').nth(1).textContent()).toBe('See https://b.example.');
  expect(await text.locator('pre').textContent()).toBe('let **a** = "<b>"');
  expect(await text.locator('ol > li').count()).toBe(2);
  expect(await text.locator('ol > li > ul > li').textContent()).toBe('inner');
  expect(await text.locator('td em').textContent()).toBe('2');
  expect(await text.locator('h3').textContent()).toBe('Title');
});

it('tells screen readers finished sentences only', async () => {
  await using t = await visit();
  const rest = Promise.withResolvers<void>();
  server.script({ deltas: ['It is one. And it', rest.promise, ' is two.'] });
  await t.open();
  await t.ask('How?');
  const live = t.page.locator('parley-chat [aria-live=polite] p');

  await expect.poll(() => live.allTextContents()).toEqual(['Looking through the documents…', 'It is one.']);
  rest.resolve();

  await expect.poll(() => live.allTextContents()).toContain('And it is two.');
});

it('follows the newest words only while one reads them', async () => {
  await using t = await visit();
  const rest = Promise.withResolvers<void>();
  server.script({ deltas: ['A line.\n\n'.repeat(40), rest.promise, 'The end.'] });
  await t.open();
  await t.ask('How?');
  const log = t.page.getByRole('log');
  await expect.poll(() => log.evaluate((box) => box.scrollTop)).toBeGreaterThan(500);

  await log.evaluate((box) => {
    box.scrollTop = 0;
  });
  const jump = t.page.getByRole('button', { name: 'Jump to latest' });
  await jump.waitFor();
  rest.resolve();
  await t.answers.getByText('The end.').waitFor();
  expect(await log.evaluate((box) => box.scrollTop)).toBe(0);
  await jump.click();

  await expect.poll(() => log.evaluate((box) => box.scrollTop)).toBeGreaterThan(500);
});

it('sends a rating, and the reason for a bad one', async () => {
  await using t = await visit();
  await t.open();
  await t.ask('How?');

  await t.page.getByRole('button', { name: 'Bad answer' }).click();
  await t.page.getByRole('textbox', { name: 'What was wrong?' }).fill('Too short');
  await t.page.getByRole('button', { name: 'Submit' }).click();

  await expect
    .poll(() => server.requests.filter(({ path }) => path.endsWith('/feedback')).map(({ body }) => body))
    .toEqual([{ rating: 'down' }, { rating: 'down', reason: 'Too short' }]);
});

it('copies an answer with its sources', async () => {
  await using t = await visit();
  await t.page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: site.url });
  server.script({ sources: SOURCES, deltas: ['Run it [1].'] });
  await stopClock(t.page);
  await t.open();
  await t.ask('How?');

  await t.page.getByRole('button', { name: 'Copy' }).click();
  await t.page.getByRole('button', { name: 'Copied' }).waitFor();

  expect(await t.page.evaluate(() => navigator.clipboard.readText())).toBe(
    'Run it [1].\n\n[1] Installing https://docs.example.com/install\n[2] handbook.pdf',
  );
});

it('says how much room is left near the limit, and does not send more', async () => {
  await using t = await visit();
  await t.open();

  await t.box.fill('x'.repeat(3990));
  await t.page.getByText('10 characters left').waitFor();
  await t.box.fill('x'.repeat(4001));
  await t.page.getByText('1 characters too many').waitFor();
  await t.page.keyboard.press('Enter');

  expect(server.requests).toEqual([]);
});

it('starts with a suggested question, begins a new chat, and finds the old one again', async () => {
  await using t = await visit({ attributes: 'prompts="How much?|How long?"' });
  await t.open();
  await t.page.getByRole('button', { name: 'How long?' }).click();
  await t.answers.getByText('You said: How long?').waitFor();

  await t.page.getByRole('button', { name: 'New chat' }).click();
  await expect.poll(() => t.answers.count()).toBe(0);
  await t.page.getByRole('button', { name: 'Past chats' }).click();
  await t.page.getByRole('button', { name: /^How long\?/ }).click();

  await t.answers.getByText('You said: How long?').waitFor();
});

it('fires events that the page can listen to', async () => {
  await using t = await visit();
  await t.page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(window, { seen });
    for (const name of ['open', 'message', 'answer', 'error', 'close']) {
      document.addEventListener(`parley-${name}`, (event) =>
        seen.push(`${name} ${JSON.stringify((event as CustomEvent).detail?.text)}`),
      );
    }
  });
  await t.open();
  await t.ask('How?');
  await t.answers.getByText('You said: How?').waitFor();
  await t.page.getByRole('dialog').getByRole('button', { name: 'Close chat' }).click();

  await expect
    .poll(() => t.page.evaluate(() => (window as unknown as { seen: string[] }).seen))
    .toEqual(['open undefined', 'message "How?"', 'answer "You said: How?"', 'close undefined']);
});

it('is a sheet over the whole page on a phone, with text that does not make it zoom', async () => {
  await using t = await visit({ phone: true });

  await t.open();
  const dialog = t.page.getByRole('dialog');

  await expect.poll(() => dialog.boundingBox()).toEqual({ x: 0, y: 0, width: 390, height: 780 });
  expect(await dialog.evaluate((element) => element.matches(':modal'))).toBe(true);
  expect(await t.box.evaluate((box) => Number.parseFloat(getComputedStyle(box).fontSize))).toBeGreaterThanOrEqual(16);
});

it('has buttons large enough for a finger', async () => {
  await using t = await visit({ phone: true, attributes: 'prompts="How much?"' });
  server.script({ deltas: ['Yes.'], sources: SOURCES });
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
  const t = await visit({ attributes: 'prompts="How much?"' });
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
  const t = await visit({ attributes: `theme="${theme}" prompts="How much?"` });
  server.script({ sources: SOURCES, deltas: ['## So\n\nRun `it` [1].\n\n```\ncode\n```\n\n| a |\n|---|\n| 1 |'] });

  await t.open();
  const empty = await findViolations(t.page);
  await t.ask('How?');
  await t.answers.getByRole('button', { name: 'Source 1' }).click();
  await t.page.getByRole('button', { name: 'Bad answer' }).click();
  const answered = await findViolations(t.page);
  server.script({ refuse: { status: 429, code: 'rate_limited', retryAfter: 30 } });
  await t.ask('How?');
  await t.page.locator('parley-chat .notice').waitFor();
  const refused = await findViolations(t.page);
  await t.page.getByRole('button', { name: 'Past chats' }).click();
  await t.page.getByRole('button', { name: /^How\?/ }).waitFor();
  const listed = await findViolations(t.page);
  await t.page.context().close();

  expect({ empty, answered, refused, listed }).toEqual({ empty: [], answered: [], refused: [], listed: [] });
});

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
    await using t = await visit();
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
    expect(new Set(server.messages.map(({ session_id }) => session_id)).size).toBe(1);
  });

  it('shows nothing of the first user to the second, nor to whoever comes after the log-out', async () => {
    await using t = await visit({ attributes: `user-token="${userToken('ada')}"` });
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
    await using t = await visit({ attributes: `user-token="${userToken('ada')}"` });
    await t.open();
    await t.ask('Still here?');
    await t.answers.getByText('You said: Still here?').waitFor();

    await signIn(t.page, `${userToken('ada')}-renewed`);
    await t.ask('And now?');
    await t.answers.getByText('You said: And now?').waitFor();

    expect(await t.questions.count()).toBe(2);
    expect(server.requests.filter(({ path }) => path === '/api/visitors')).toHaveLength(2);
  });

  it('lists their chats of every platform, with where those began', async () => {
    await using t = await visit({ attributes: `user-token="${userToken('ada')}"` });
    await t.open();
    await t.ask('Here?');
    await t.answers.getByText('You said: Here?').waitFor();
    const owner = server.sessions[0]!.owner;
    const there = {
      id: crypto.randomUUID(),
      owner,
      title: 'There?',
      platform: 'discord',
      updated_at: new Date().toISOString(),
    };
    server.sessions.push(there);
    server.store(there.id, 'user', 'There?');
    server.store(there.id, 'assistant', 'Yes.');

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
