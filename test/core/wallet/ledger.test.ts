import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createLedgerRepository } from '../../../core/wallet/ledger-repository.ts';
import { CENT, createTestWallets } from '../../support/test-wallets.ts';

describe('the ledger', () => {
  it('moves a balance by its entries, and each key once', async () => {
    await using t = await createTestWallets();
    const ada = await t.createPerson();
    const credit = () =>
      t.wallets.credit({ userId: ada, amountMicros: 500 * CENT, kind: 'credit', from: 'operator', key: 'k' });

    expect(await Promise.all([credit(), credit(), credit()]).then((all) => all.filter(Boolean))).toHaveLength(1);

    expect(await t.wallets.open(ada)).toMatchObject({ balanceMicros: 5_000_000 });
    expect(await t.problems()).toEqual([]);
  });

  it('refuses entries that do not add up to zero', async () => {
    await using t = await createTestWallets();
    const { id } = await t.wallets.open(await t.createPerson());
    const ledger = createLedgerRepository(t.db);

    const posting = ledger.post({
      kind: 'credit',
      key: 'k',
      entries: [{ account: 'wallet', walletId: id, amountMicros: 5 }],
    });

    await expect(posting).rejects.toThrow(/must add up to zero/);
    expect(await t.db('ledger_transactions')).toEqual([]);
  });

  it('cannot be changed or shortened, not even by hand', async () => {
    await using t = await createTestWallets();
    await t.createPerson(5);

    await expect(t.db('ledger_entries').update({ amount_micros: 1 })).rejects.toThrow(/append-only/);
    await expect(t.db('ledger_entries').delete()).rejects.toThrow(/append-only/);
    await expect(t.db.raw('truncate ledger_entries')).rejects.toThrow(/append-only/);
    await expect(t.db('ledger_transactions').update({ kind: 'charge' })).rejects.toThrow(/append-only/);
    await expect(t.db('ledger_transactions').delete()).rejects.toThrow(/append-only/);
  });

  it('never brings a balance below zero', async () => {
    await using t = await createTestWallets();
    const ada = await t.createPerson(5);
    const { id } = await t.wallets.open(ada);
    const ledger = createLedgerRepository(t.db);
    const take = (cents: number) =>
      ledger.post({
        kind: 'purchase',
        key: randomUUID(),
        entries: [
          { account: 'wallet', walletId: id, amountMicros: -cents * CENT },
          { account: 'revenue', amountMicros: cents * CENT },
        ],
      });

    await expect(take(6)).rejects.toThrow(/wallets_balance_covers_holds/);

    expect(await t.wallets.open(ada)).toMatchObject({ balanceMicros: 5 * CENT });
  });

  it('lists what moved a balance, newest first, page by page', async () => {
    await using t = await createTestWallets();
    const ada = await t.createPerson();
    for (const cents of [1, 2, 3]) await t.credit(ada, cents);
    await t.createPerson(9);

    const first = await t.wallets.listLedger({ userId: ada, limit: 2 });
    const second = await t.wallets.listLedger({ userId: ada, limit: 2, cursor: first.nextCursor ?? undefined });

    expect(first.items.map((entry) => entry.amountMicros / CENT)).toEqual([3, 2]);
    expect(second.items.map((entry) => entry.amountMicros / CENT)).toEqual([1]);
    expect(second.nextCursor).toBeNull();
  });

  it('is told apart from balances that somebody changed by hand', async () => {
    await using t = await createTestWallets();
    const { id } = await t.wallets.open(await t.createPerson(5));
    await t.db('wallets').where({ id }).update({ balance_micros: 99, held_micros: 3 });

    expect(await t.problems()).toEqual([
      { what: 'a balance differs from the sum of its entries', id },
      { what: 'what is held differs from the sum of its holds', id },
    ]);
  });
});
