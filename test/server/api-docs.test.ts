import { expect, it } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { createTestHttpServer } from '../support/test-http-server.ts';

it('lets a person try the API in a browser, under the strict CSP and without leaving this server', async () => {
  await using t = await createTestHttpServer({ config: { PUBLIC_URL: 'http://localhost:3000' } });
  await using browser = await launchBrowser();
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => request.url().startsWith(t.url) || problems.push(request.url()));

  await page.goto(`${t.url}/docs`);
  await page
    .getByRole('button', { name: /POST \/api\/visitors/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'Try it out' }).click();
  const answer = page.waitForResponse(`${t.url}/api/visitors`);
  await page.getByRole('button', { name: 'Execute' }).click();

  expect((await answer).status()).toBe(201);
  expect(problems.filter((problem) => !problem.startsWith('data:'))).toEqual([]);
});
