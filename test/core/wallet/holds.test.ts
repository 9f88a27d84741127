import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CENT, createTestWallets, entriesOf, type TestWallets } from '../../support/test-wallets.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

async function holdOf(t: TestWallets, userId: string, amountMicros: number, payer: 'wallet' | 'free' = 'wallet') {
  const wallet = await t.wallets.openForToday(userId);
  return t.holds.hold({
    walletId: wallet.id,
    turnId: randomUUID(),
    payer,
    amountMicros,
    priceVersion: 'v1',
    day: t.wallets.today(),
    expiresAt: new Date(t.clock.now().getTime() + 60_000),
  });
}

const settle = (t: TestWallets, hold: { id: string } | null, costMicros: number | null) =>
  t.holds.settle({ holdId: hold!.id, costMicros, priceVersion: 'v1' });

/** @returns the percentage that the charge warned of */
async function spendAndListen(t: TestWallets, userId: string, cents: number, { canWarn = true } = {}) {
  const hold = await holdOf(t, userId, cents * CENT);
  const settled = await t.holds.settle({ holdId: hold!.id, costMicros: cents * CENT, priceVersion: null, canWarn });
  return settled?.warning?.percent ?? null;
}

describe('a hold', () => {
  it('keeps its amount from being spent twice, and gives back what was not needed', async () => {
    await using t = await createTestWallets();
    const ada = await t.createPerson(10);
    const hold = await holdOf(t, ada, 8 * CENT);

    expect(await holdOf(t, ada, 3 * CENT)).toBeNull();
    expect(await settle(t, hold, 5 * CENT)).toMatchObject({ chargedMicros: 5 * CENT });

    expect(await t.wallets.open(ada)).toMatchObject({ balanceMicros: 5 * CENT, heldMicros: 0 });
    expect((await t.wallets.listLedger({ userId: ada, limit: 9 })).items[0]).toMatchObject({
      kind: 'charge',
      amountMicros: -5 * CENT,
      turnId: expect.any(String),
    });
    expect(await t.db('ledger_entries').where({ account: 'revenue' }).pluck('price_version')).toEqual(['v1']);
    expect(await t.problems()).toEqual([]);
  });

  it('is settled once, whoever tries again', async () => {
    await using t = await createTestWallets();
    const ada = await t.createPerson(10);
    const hold = await holdOf(t, ada, 8 * CENT);

    const tries = await Promise.all([settle(t, hold, 1 * CENT), settle(t, hold, 2 * CENT), settle(t, hold, null)]);

    expect(tries.filter(Boolean)).toHaveLength(1);
    expect(await t.problems()).toEqual([]);
  });

  it('charges nothing for a call that never was', async () => {
    await using t = await createTestWallets();
    const ada = await t.createPerson(10);

    await settle(t, await holdOf(t, ada, 8 * CENT), null);

    expect(await t.wallets.open(ada)).toMatchObject({ balanceMicros: 10 * CENT, heldMicros: 0 });
    expect(await t.db('ledger_transactions').where({ kind: 'charge' })).toEqual([]);
  });

  it('that was too small takes the rest from what there is, and no more', async () => {
    await using t = await createTestWallets();
    const ada = await t.createPerson(10);

    expect(await settle(t, await holdOf(t, ada, 4 * CENT), 6 * CENT)).toMatchObject({ chargedMicros: 6 * CENT });
    expect(await settle(t, await holdOf(t, ada, 4 * CENT), 9 * CENT)).toMatchObject({ chargedMicros: 4 * CENT });

    expect(await t.wallets.open(ada)).toMatchObject({ balanceMicros: 0, heldMicros: 0 });
    expect(await t.problems()).toEqual([]);
  });

  it('is there for no more than the balance affords, with 200 at a time', async () => {
    await using t = await createTestWallets();
    const ada = await t.createPerson(37);

    const holds = await Promise.all(Array.from({ length: 200 }, () => holdOf(t, ada, 1 * CENT)));

    expect(holds.filter(Boolean)).toHaveLength(37);
    expect(await t.wallets.open(ada)).toMatchObject({ balanceMicros: 37 * CENT, heldMicros: 37 * CENT });
  });

  it('warns once at a fifth and once at a twentieth of the last credit, and anew after the next', async () => {
    await using t = await createTestWallets();
    const ada = await t.createPerson(100);
    const spend = (cents: number) => spendAndListen(t, ada, cents);

    expect([await spend(79), await spend(1), await spend(1), await spend(14), await spend(1)]).toEqual([
      null,
      20,
      null,
      5,
      null,
    ]);
    await t.credit(ada, 96);
    expect(await spend(80)).toBe(20);
  });
});

describe('a warning that is due', () => {
  it('waits for a charge with which it can be said', async () => {
    await using t = await createTestWallets();
    const ada = await t.createPerson(100);

    const unheard = await spendAndListen(t, ada, 80, { canWarn: false });
    const released = await t.holds.settle({
      holdId: (await holdOf(t, ada, CENT))!.id,
      costMicros: null,
      priceVersion: null,
      canWarn: true,
    });

    expect([unheard, released?.warning]).toEqual([null, null]);
    expect([await spendAndListen(t, ada, 1), await spendAndListen(t, ada, 1)]).toEqual([20, null]);
  });
});

describe('a hold on the free allowance', () => {
  it('is exact under concurrency and never touches the balance', async () => {
    await using t = await createTestWallets({ freeDailyMicros: 10 * CENT });
    const ada = await t.createPerson(5);

    const holds = await Promise.all(Array.from({ length: 40 }, () => holdOf(t, ada, 2 * CENT, 'free')));
    for (const hold of holds.filter(Boolean)) await settle(t, hold, 1 * CENT);

    expect(holds.filter(Boolean)).toHaveLength(5);
    expect(await t.wallets.openForToday(ada)).toMatchObject({
      balanceMicros: 5 * CENT,
      freeMicros: 5 * CENT,
      freeHeldMicros: 0,
    });
    expect(await t.problems()).toEqual([]);
  });

  it('that began yesterday adds nothing to today', async () => {
    await using t = await createTestWallets({ freeDailyMicros: 10 * CENT });
    const ada = await t.createPerson();
    const hold = await holdOf(t, ada, 6 * CENT, 'free');
    t.clock.advance(DAY_MS);
    const before = await t.wallets.openForToday(ada);

    await settle(t, hold, 1 * CENT);

    expect(before.freeMicros - before.freeHeldMicros).toBe(10 * CENT);
    expect(await t.wallets.openForToday(ada)).toMatchObject({ freeMicros: 10 * CENT, freeHeldMicros: 0 });
    expect((await entriesOf(t.db)).filter(({ account }) => account === 'revenue')).toEqual([
      { kind: 'charge', account: 'revenue', amount_micros: CENT },
    ]);
    expect(await t.problems()).toEqual([]);
  });
});
