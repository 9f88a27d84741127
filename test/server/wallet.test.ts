import { describe, expect, it } from 'vitest';
import { checkoutAt, createFakeStripe, signed } from '../support/fake-stripe.ts';
import { createTestHttpServer } from '../support/test-http-server.ts';

describe('GET /api/wallet', () => {
  it('shows the balance in cents and exactly', async () => {
    await using t = await createTestHttpServer();
    const { token, userId } = await t.createVisitor();
    await t.wallets.credit({ userId, amountMicros: 5_009_999, kind: 'credit', from: 'operator', key: 'k' });

    const response = await t.request('GET', '/api/wallet', { token });

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      balance_micros: 5_009_999,
      balance_cents: 500,
      currency: 'usd',
      frozen: false,
    });
  });

  it('needs a token', async () => {
    await using t = await createTestHttpServer();

    expect((await t.request('GET', '/api/wallet')).status).toBe(401);
    expect((await t.request('GET', '/api/wallet/ledger')).status).toBe(401);
  });
});

describe('GET /api/wallet/ledger', () => {
  it('lists what moved my balance, and nobody else’s, page by page', async () => {
    await using t = await createTestHttpServer();
    const { token, userId } = await t.createVisitor();
    const other = await t.createVisitor();
    const credit = (to: string, amountMicros: number) =>
      t.wallets.credit({ userId: to, amountMicros, kind: 'credit', from: 'operator', key: `${amountMicros}` });
    await credit(userId, 1);
    await credit(userId, 2);
    await credit(other.userId, 3);

    const first = await (await t.request('GET', '/api/wallet/ledger?limit=1', { token })).json();
    const second = await (
      await t.request('GET', `/api/wallet/ledger?limit=1&cursor=${first.next_cursor}`, { token })
    ).json();

    expect(first.items).toEqual([
      { id: expect.any(String), kind: 'credit', amount_micros: 2, turn_id: null, created_at: expect.any(String) },
    ]);
    expect(second.items[0].amount_micros).toBe(1);
    expect(second.next_cursor).toBeNull();
  });
});

describe('recharging over HTTP', () => {
  it('leads to a page to pay on, and to the balance once Stripe says so', async () => {
    await using stripe = await createFakeStripe();
    await using t = await createTestHttpServer({ checkout: checkoutAt(stripe) });
    const { token } = await t.createVisitor();

    const response = await t.request('POST', '/api/wallet/recharge', { token, body: { amount_cents: 500 } });
    const { id, checkout_url } = await response.json();
    const { body, signature } = signed(stripe.completed(stripe.getSession(checkout_url)));
    const told = await fetch(`${t.url}/webhooks/stripe`, {
      method: 'POST',
      headers: { 'stripe-signature': signature, 'content-type': 'application/json' },
      body: new Uint8Array(body),
    });

    expect([response.status, told.status]).toEqual([201, 200]);
    const after = await t.request('GET', `/api/wallet/recharges/${id}`, { token });
    expect(await after.json()).toMatchObject({ state: 'paid', amount_cents: 500, credited_cents: 500 });
    expect(await (await t.request('GET', '/api/wallet', { token })).json()).toMatchObject({ balance_cents: 500 });
  });

  it.each([
    ['no signature', {}],
    ['a made-up one', { 'stripe-signature': 't=1,v1=00' }],
  ])('does not believe a webhook with %s', async (_, headers) => {
    await using stripe = await createFakeStripe();
    await using t = await createTestHttpServer({ checkout: checkoutAt(stripe) });

    const response = await fetch(`${t.url}/webhooks/stripe`, { method: 'POST', headers: { ...headers }, body: '{}' });

    expect(response.status).toBe(400);
    expect((await response.json()).error.code).toBe('invalid_request');
  });

  it('says that it is not set up where there is no Stripe', async () => {
    await using t = await createTestHttpServer();
    const { token } = await t.createVisitor();

    const response = await t.request('POST', '/api/wallet/recharge', { token, body: { amount_cents: 500 } });

    expect(response.status).toBe(503);
    expect((await response.json()).error).toMatchObject({
      code: 'payment_unavailable',
      message: 'Recharging is not set up here. Ask whoever runs this assistant to add to your balance.',
    });
    const spending = await t.request('GET', '/api/wallet/spending', { token });
    expect(await spending.json()).toEqual({
      billing: 'off',
      recharge_cents: [],
      free_daily_micros: 0,
      free_left_micros: 0,
      api_key_price_micros: 0,
      owed_micros: 0,
    });
  });
});

describe('GET /api/messages/:id/why', () => {
  it('tells whoever asked how an answer came about, and nobody else', async () => {
    await using t = await createTestHttpServer();
    const { token, sessionId } = await t.createAsker();
    const other = await t.createVisitor();
    const asking = t.request('POST', `/api/sessions/${sessionId}/messages`, { token, body: { text: 'Hello?' } });
    const call = await t.scripted.call(0);
    call.say('Hi');
    call.finish();
    const { ai_response } = await (await asking).json();

    const why = await t.request('GET', `/api/messages/${ai_response.id}/why`, { token });
    const foreign = await t.request('GET', `/api/messages/${ai_response.id}/why`, { token: other.token });

    expect(await why.json()).toEqual({
      message_id: ai_response.id,
      sources: [],
      model: 'scripted',
      reason: null,
      usage: { input_tokens: 1, output_tokens: 1 },
      ms: expect.any(Number),
      payment: null,
    });
    expect(foreign.status).toBe(404);
  });
});
