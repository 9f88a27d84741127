import { describe, expect, it } from 'vitest';
import { closeWallet } from '../../../core/wallet/close-wallet.ts';
import { CENT, createTestWallets, entriesOf } from '../../support/test-wallets.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describe('a wallet', () => {
  it('starts with what everybody is given, once, however many ask at a time', async () => {
    await using t = await createTestWallets({ openingMicros: 50 * CENT });
    const ada = await t.createPerson();

    await Promise.all(Array.from({ length: 8 }, () => t.wallets.open(ada)));

    expect(await t.wallets.open(ada)).toMatchObject({ balanceMicros: 50 * CENT, isFrozen: false });
    expect(await entriesOf(t.db)).toHaveLength(2);
  });

  it('is of nobody who does not exist', async () => {
    await using t = await createTestWallets();

    await expect(t.wallets.open('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('pays for a purchase once, and not what it does not have', async () => {
    await using t = await createTestWallets();
    const ada = await t.createPerson(150);
    const buy = (key: string) =>
      t.db.transaction((trx) =>
        t.wallets.purchase(trx, { userId: ada, amountMicros: 100 * CENT, key, note: 'API key' }),
      );

    expect(await buy('one')).toBe(true);

    await expect(buy('two')).rejects.toMatchObject({
      code: 'balance_too_low',
      message: 'This costs $1.00, and your balance is $0.50. Recharge it first.',
    });
    expect(await t.wallets.open(ada)).toMatchObject({ balanceMicros: 50 * CENT });
    expect(await t.problems()).toEqual([]);
  });

  it('has the free allowance anew each day, and no more than one', async () => {
    await using t = await createTestWallets({ freeDailyMicros: 10 * CENT });
    const ada = await t.createPerson();

    const today = await Promise.all(Array.from({ length: 5 }, () => t.wallets.openForToday(ada)));
    t.clock.advance(3 * DAY_MS);
    const later = await t.wallets.openForToday(ada);

    expect(today.map((wallet) => wallet.freeMicros)).toEqual(Array(5).fill(10 * CENT));
    expect(later).toMatchObject({ freeMicros: 10 * CENT, balanceMicros: 0 });
    expect(await t.problems()).toEqual([]);
  });
});

describe('erasing somebody with a wallet', () => {
  it('keeps the books without the person, their notes and their money', async () => {
    await using t = await createTestWallets({ freeDailyMicros: 10 * CENT });
    const ada = await t.createPerson();
    await t.wallets.openForToday(ada);
    await t.wallets.credit({
      userId: ada,
      amountMicros: 7,
      kind: 'credit',
      from: 'operator',
      key: 'k',
      note: 'for Ada, who asked nicely',
    });

    await t.db.transaction(async (trx) => {
      await closeWallet(trx, ada);
      await trx('users').where({ id: ada }).delete();
    });

    expect(await t.db('wallets').select('user_id', 'balance_micros', 'free_micros')).toEqual([
      { user_id: null, balance_micros: 0, free_micros: 0 },
    ]);
    expect(await t.db('ledger_transactions').whereNotNull('note')).toEqual([]);
    expect(await t.problems()).toEqual([]);
  });
});
