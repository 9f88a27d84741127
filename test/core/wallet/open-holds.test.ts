import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOpenHolds, HELD_MS } from '../../../core/wallet/open-holds.ts';
import { CENT, createTestWallets } from '../../support/test-wallets.ts';

describe('what a process holds', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is renewed well before it runs out, as long as its calls last', async () => {
    const renew = vi.fn(async (_: string[]) => {});
    const holds = createOpenHolds(renew);

    holds.add('one');
    holds.add('two');
    await vi.advanceTimersByTimeAsync(HELD_MS / 2);
    holds.remove('one');
    const renewed = renew.mock.calls.length;
    await vi.advanceTimersByTimeAsync(HELD_MS / 2);

    expect(renewed).toBeGreaterThan(0);
    expect(renew.mock.calls[0]).toEqual([['one', 'two']]);
    expect(renew.mock.calls.at(-1)).toEqual([['two']]);
  });

  it('is left alone once all of it has ended, and renewed again after a failure', async () => {
    const renew = vi.fn(async (_: string[]) => Promise.reject(new Error('the database is away')));
    const holds = createOpenHolds(renew);
    holds.add('one');
    await vi.advanceTimersByTimeAsync(HELD_MS);
    const renewed = renew.mock.calls.length;

    holds.remove('one');
    await vi.advanceTimersByTimeAsync(HELD_MS);

    expect(renewed).toBeGreaterThan(1);
    expect(renew.mock.calls.length).toBe(renewed);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a hold that nobody settles', () => {
  const createHold = async (t: Awaited<ReturnType<typeof createTestWallets>>) => {
    const { id: walletId } = await t.wallets.open(await t.createPerson(100));
    const expiresAt = new Date(t.clock.now().getTime() + HELD_MS);
    const hold = { walletId, turnId: null, payer: 'wallet' as const, amountMicros: CENT, priceVersion: null };
    return (await t.holds.hold({ ...hold, day: t.wallets.today(), expiresAt }))!.id;
  };

  it('ends within minutes, charged for what was delivered', async () => {
    await using t = await createTestWallets();
    const holdId = await createHold(t);
    await t.holds.noteDelivered(holdId, 7);
    const early = await t.wallets.expireHolds();

    t.clock.advance(HELD_MS + 1);

    expect([early, await t.wallets.expireHolds()]).toEqual([0, 1]);
    expect(await t.db('wallets').pluck('balance_micros')).toEqual([100 * CENT - 7]);
    expect(await t.problems()).toEqual([]);
  });

  it('goes on while it is renewed', async () => {
    await using t = await createTestWallets();
    const holdId = await createHold(t);

    t.clock.advance(HELD_MS - 1);
    await t.holds.renew([holdId, randomUUID()], new Date(t.clock.now().getTime() + HELD_MS));
    t.clock.advance(HELD_MS - 1);

    expect(await t.wallets.expireHolds()).toBe(0);
  });
});
