import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { mergeWallets } from '../../../core/wallet/merge-wallets.ts';
import { CENT, createTestWallets, type TestWallets } from '../../support/test-wallets.ts';

async function merge(t: TestWallets, fromUserId: string, intoUserId: string, isFromVisitor = false) {
  await t.db.transaction(async (trx) => {
    await mergeWallets(trx, { fromUserId, intoUserId, isFromVisitor });
    await trx('users').where({ id: fromUserId }).delete();
  });
}

describe('merging wallets', () => {
  it('makes two balances and two histories one', async () => {
    await using t = await createTestWallets();
    const [ada, twin, third] = [await t.createPerson(10), await t.createPerson(5), await t.createPerson(1)];

    await merge(t, third, twin);
    await merge(t, twin, ada);

    expect(await t.wallets.open(ada)).toMatchObject({ balanceMicros: 16 * CENT });
    const { items } = await t.wallets.listLedger({ userId: ada, limit: 9 });
    expect(items.map((entry) => entry.amountMicros / CENT)).toEqual([1, 5, 10]);
    expect(await t.problems()).toEqual([]);
  });

  it('gives the wallet to somebody who has none', async () => {
    await using t = await createTestWallets({ openingMicros: 3 * CENT });
    const [ada, twin] = [await t.createPerson(), await t.createPerson(5)];

    await merge(t, twin, ada);

    expect(await t.wallets.open(ada)).toMatchObject({ balanceMicros: 8 * CENT });
  });

  it('takes back the gift of a browser, as far as it is unspent', async () => {
    await using t = await createTestWallets({ openingMicros: 50 * CENT });
    const [ada, browser] = [await t.createPerson(), await t.createPerson(2)];
    await t.wallets.open(ada);

    await merge(t, browser, ada, true);

    expect(await t.wallets.open(ada)).toMatchObject({ balanceMicros: 52 * CENT });
    expect(await t.problems()).toEqual([]);
  });

  it('leaves behind what an answer still holds, and lets the rest follow', async () => {
    await using t = await createTestWallets({ freeDailyMicros: 4 * CENT });
    const [ada, twin] = [await t.createPerson(1), await t.createPerson(10)];
    const { id } = await t.wallets.openForToday(twin);
    const expiresAt = t.clock.now();
    const terms = { walletId: id, priceVersion: null, day: t.wallets.today(), expiresAt };
    const hold = await t.holds.hold({ ...terms, turnId: randomUUID(), payer: 'wallet', amountMicros: 6 * CENT });
    await t.wallets.openForToday(ada);

    await merge(t, twin, ada);
    const between = await t.wallets.open(ada);
    await t.wallets.settle({ holdId: hold!.id, costMicros: 2 * CENT, priceVersion: null });

    expect(between.balanceMicros).toBe(5 * CENT);
    expect(await t.wallets.openForToday(ada)).toMatchObject({ balanceMicros: 9 * CENT, freeMicros: 4 * CENT });
    expect(await t.problems()).toEqual([]);
  });
});
