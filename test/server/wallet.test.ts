import { describe, expect, it } from 'vitest';
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
