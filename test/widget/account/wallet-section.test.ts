import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findViolations } from '../../support/accessibility.ts';
import { launchBrowser } from '../../support/browser.ts';
import { buildPages } from '../../support/built-pages.ts';
import { checkoutAt, createFakeStripe, type StripeEvent, signed } from '../../support/fake-stripe.ts';
import { openOwnPages } from '../../support/own-pages.ts';

describe('the balance on the account page', () => {
  let browser: Awaited<ReturnType<typeof launchBrowser>>;
  let dist: Awaited<ReturnType<typeof buildPages>>;
  let stripe: Awaited<ReturnType<typeof createFakeStripe>>;
  let t: Awaited<ReturnType<typeof openOwnPages>>;
  beforeAll(async () => {
    [browser, dist, stripe] = await Promise.all([launchBrowser(), buildPages(), createFakeStripe()]);
    t = await openOwnPages({ browser, distDir: dist.distDir, checkout: checkoutAt(stripe) });
  });
  afterAll(async () => {
    await t[Symbol.asyncDispose]();
    await browser.close();
    await dist[Symbol.asyncDispose]();
    await stripe[Symbol.asyncDispose]();
  });

  async function tell(event: StripeEvent): Promise<void> {
    const { body, signature } = signed(event);
    const headers = { 'stripe-signature': signature };
    const response = await fetch(`${t.url}/webhooks/stripe`, { method: 'POST', headers, body: new Uint8Array(body) });
    expect(response.status).toBe(200);
  }

  function credit(userId: string, amountMicros: number) {
    return t.wallets.credit({ userId, amountMicros, kind: 'credit', from: 'operator', key: crypto.randomUUID() });
  }

  it('sends to Stripe, and shows when its money has arrived, whatever the address says', async () => {
    const page = await t.openBrowser();
    const { userId } = await t.register(page);
    await credit(userId, 1_234_567);
    await page.reload();
    await page.getByText('$1.234567', { exact: true }).waitFor();
    await page.route('https://checkout.stripe.example/**', (route) => route.fulfill({ body: 'Pay here.' }));

    await page.getByRole('button', { name: 'Add $5.00' }).click();
    await page.getByText('Pay here.').waitFor();
    const session = stripe.getSession(page.url());
    await page.goto(`/account?recharge=${session.fields.get('metadata[recharge_id]')}`);
    await page.getByText('No payment of $5.00 has arrived yet.').waitFor();
    await tell(stripe.completed(session));

    await page.getByText('Your payment of $5.00 has arrived.').waitFor();
    await page.getByText('$6.234567', { exact: true }).waitFor();
    await page.getByText('+$5.00').waitFor();
    expect(await findViolations(page)).toEqual([]);
  });

  it('believes no address that names somebody else’s payment, or none', async () => {
    const page = await t.openBrowser();
    const { userId } = await t.register(page);
    await credit(userId, 1_000_000);

    await page.goto('/account?recharge=00000000-0000-4000-8000-000000000000');
    await page.getByText('$1.00', { exact: true }).waitFor();

    expect(await page.getByText('has arrived').count()).toBe(0);
  });

  it('shows what was spent meanwhile, also when it was just being read', async () => {
    const page = await t.openBrowser();
    const { userId } = await t.register(page);
    await credit(userId, 1_000_000);
    const [read, delivered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await page.route('**/api/wallet', async (route) => {
      const response = await route.fetch();
      read.resolve();
      await delivered.promise;
      await route.fulfill({ response });
    });
    await page.reload();
    await read.promise;

    await credit(userId, 1_500_000);
    await page.evaluate(() => window.dispatchEvent(new Event('parley-purchased')));
    delivered.resolve();

    await page.getByText('$2.50', { exact: true }).waitFor();
  });

  it('says that it is frozen, and what is owed', async () => {
    const page = await t.openBrowser({ viewport: { width: 390, height: 844 } });
    const { userId } = await t.register(page);
    await credit(userId, 1_000_000);
    await t.db('wallets').where({ user_id: userId }).update({ owed_micros: 2_000_000 });

    await page.reload();

    await page.getByText('$2.00 is owed; the next recharge pays it first.').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });
});
