import { expect, it } from 'vitest';
import { openShop, SOURCES } from '../support/shop.ts';

const shop = openShop();

it('answers with sources on a page of another origin under a strict CSP', async () => {
  await using t = await shop.visit();
  shop.server.script({ sources: SOURCES, deltas: ['Run **it** [1]', ' and see [2].'] });

  await t.open();
  await t.ask('How?');

  await t.answers.getByRole('button', { name: 'Source 2' }).click();
  expect(await t.answers.locator('strong').textContent()).toBe('it');
  expect(await t.answers.getByText('Sources have audiences.').isVisible()).toBe(true);
  expect(await t.answers.getByRole('link', { name: /Installing/ }).getAttribute('href')).toBe(SOURCES[0]!.url);
});

it('sends and stores nothing before the first question', async () => {
  await using t = await shop.visit();

  await t.open();

  expect(shop.server.requests).toEqual([]);
  expect(await t.page.evaluate(() => localStorage.length)).toBe(0);
});

it('can be put on a page by its script tag alone', async () => {
  await using t = await shop.visit({ script: 'data-parley data-name="Bob" data-position="left"' });

  await t.open();

  expect(await t.page.getByRole('dialog', { name: 'Bob' }).isVisible()).toBe(true);
});

it('shows the chat again after a reload', async () => {
  await using t = await shop.visit({ attributes: 'mode="inline"' });
  await t.ask('How?');
  await t.answers.getByText('You said: How?').waitFor();

  await t.page.reload();

  await t.answers.getByText('You said: How?').waitFor();
  expect(await t.questions.textContent()).toContain('How?');
});

it('stops an answer, keeps what was written, and tries again in its place', async () => {
  await using t = await shop.visit();
  shop.server.script({ deltas: ['Half of it', new Promise(() => {})] });
  await t.open();
  await t.ask('How?');
  await t.answers.getByText('Half of it').waitFor();

  await t.page.getByRole('button', { name: 'Stop answering' }).click();
  await expect.poll(() => shop.server.closings).toEqual(['How?']);
  await t.answers.getByText('You stopped this answer.').waitFor();
  await t.page.getByRole('button', { name: 'Try again' }).click();

  await t.answers.getByText('You said: How?').waitFor();
  expect(await t.questions.count()).toBe(1);
  expect(await t.answers.count()).toBe(1);
});

it('says in words why an answer failed', async () => {
  await using t = await shop.visit();
  shop.server.script({ deltas: ['Half'], error: { code: 'model_timeout', message: 'The model took too long.' } });
  await t.open();

  await t.ask('How?');

  await t.answers.getByText('The model took too long.').waitFor();
  expect(await t.page.getByRole('button', { name: 'Try again' }).isVisible()).toBe(true);
});

it('counts down when there were too many questions, and keeps the text', async () => {
  await using t = await shop.visit();
  shop.server.script({ refuse: { status: 429, code: 'rate_limited', retryAfter: 2 } });
  await t.stopClock();
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
  await using t = await shop.visit();
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
  await using t = await shop.visit();
  shop.server.script({ refuse: { status, code } });
  await t.open();

  await t.ask('How?');

  await t.page.locator('parley-chat .notice').getByText(words).waitFor();
  expect(await t.box.inputValue()).toBe('How?');
});

it('shows Markdown, and never HTML or an address that runs something', async () => {
  await using t = await shop.visit();
  const markdown = [
    '# Title',
    'Costs $5 and `$PATH`, a[0], see https://a.example/b_(c). <img src=x onerror=alert(1)>',
    'See <https://b.example>.',
    '[one](javascript:alert(1)) [two](data:text/html,x) [three](https://a.example/x_(y)) ![four](https://a.example/p.png)',
    '1. first\n   - inner\n2. second',
    '```js\nlet **a** = "<b>"\n```',
    '| a | b |\n|---|---|\n| 1 | *2* |',
  ].join('\n\n');
  shop.server.script({ deltas: [...markdown] });
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

it('follows the newest words only while one reads them', async () => {
  await using t = await shop.visit();
  const rest = Promise.withResolvers<void>();
  shop.server.script({ deltas: ['A line.\n\n'.repeat(40), rest.promise, 'The end.'] });
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

it('cuts no question at its upper edge, however long the answer is', async () => {
  await using t = await shop.visit();
  await t.open();
  const log = t.page.getByRole('log');
  const cut = () =>
    log.evaluate((box) => {
      const edge = box.getBoundingClientRect().top;
      const boxes = [...box.querySelectorAll('.user')].map((question) => question.getBoundingClientRect());
      return boxes.filter(({ top, bottom }) => top < edge - 1 && bottom > edge + 1).length;
    });

  for (let lines = 3; lines <= 17; lines += 1) {
    shop.server.script({ deltas: ['A line.\n\n'.repeat(lines), `The end of ${lines}.`] });
    await t.ask(`How many lines are there in an answer of ${lines}, and does this question take more than one?`);
    await t.answers.getByText(`The end of ${lines}.`).waitFor();
    await t.answers.getByRole('button', { name: 'Copy' }).last().waitFor();

    await expect.poll(cut).toBe(0);
    expect(await t.page.getByRole('button', { name: 'Jump to latest' }).isVisible()).toBe(false);
  }
});

it('sends a rating, and the reason for a bad one', async () => {
  await using t = await shop.visit();
  await t.open();
  await t.ask('How?');

  await t.page.getByRole('button', { name: 'Bad answer' }).click();
  await t.page.getByRole('textbox', { name: 'What was wrong?' }).fill('Too short');
  await t.page.getByRole('button', { name: 'Submit' }).click();

  await expect
    .poll(() => shop.server.requests.filter(({ path }) => path.endsWith('/feedback')).map(({ body }) => body))
    .toEqual([{ rating: 'down' }, { rating: 'down', reason: 'Too short' }]);
});

it('copies an answer with its sources', async () => {
  await using t = await shop.visit();
  await t.page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: shop.url });
  shop.server.script({ sources: SOURCES, deltas: ['Run it [1].'] });
  await t.stopClock();
  await t.open();
  await t.ask('How?');

  await t.page.getByRole('button', { name: 'Copy' }).click();
  await t.page.getByRole('button', { name: 'Copied' }).waitFor();

  expect(await t.page.evaluate(() => navigator.clipboard.readText())).toBe(
    'Run it [1].\n\n[1] Installing https://docs.example.com/install\n[2] handbook.pdf',
  );
});

it('says how much room is left near the limit, and does not send more', async () => {
  await using t = await shop.visit();
  await t.open();

  await t.box.fill('x'.repeat(3990));
  await t.page.getByText('10 characters left').waitFor();
  await t.box.fill('x'.repeat(4001));
  await t.page.getByText('1 characters too many').waitFor();
  await t.page.keyboard.press('Enter');

  expect(shop.server.requests).toEqual([]);
});

it('starts with a suggested question, begins a new chat, and finds the old one again', async () => {
  await using t = await shop.visit({ attributes: 'prompts="How much?|How long?"' });
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
  await using t = await shop.visit();
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
