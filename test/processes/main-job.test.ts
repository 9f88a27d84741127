import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { createTemporaryFolder, startParleyProcess } from '../support/parley-process.ts';

let browser: Awaited<ReturnType<typeof launchBrowser>>;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser.close());

it('answers a newcomer who has set nothing, in a real browser, with sources that open, and shows it again after a reload', async () => {
  await using folder = await createTemporaryFolder();
  await using parley = await startParleyProcess({ dataDir: folder.folder });
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));

  await page.goto(parley.url);
  await page.getByRole('textbox').fill('How do I add a PDF?');
  await page.keyboard.press('Enter');
  await page.getByText('npx parley add').first().waitFor();
  await page
    .getByText(/sources/i)
    .first()
    .click();
  await page.getByText('Parley › Add documents').or(page.getByText('Documents')).first().waitFor();
  await page.reload();
  await page.getByText('npx parley add').first().waitFor();

  expect(await page.getByText('How do I add a PDF?').first().isVisible()).toBe(true);
  expect(complaints).toEqual([]);
});
