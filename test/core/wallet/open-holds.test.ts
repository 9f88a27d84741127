import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOpenHolds, HELD_MS } from '../../../core/wallet/open-holds.ts';
import type { RecordedCall } from '../../../core/wallet/usage-repository.ts';
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
  const createHold = async (t: Awaited<ReturnType<typeof createTestWallets>>, userId?: string) => {
    const { id: walletId } = await t.wallets.open(userId ?? (await t.createPerson(100)));
    const expiresAt = new Date(t.clock.now().getTime() + HELD_MS);
    const hold = { walletId, turnId: null, payer: 'wallet' as const, amountMicros: CENT, priceVersion: null };
    return (await t.holds.hold({ ...hold, day: t.wallets.today(), expiresAt }))!.id;
  };

  const deliveredTo = (userId: string): RecordedCall => ({
    call: { turnId: null, userId, platform: 'api', space: null },
    spending: {
      model: 'gpt-small',
      payer: 'wallet',
      usage: { inputTokens: 20, outputTokens: 3 },
      costMicros: 7,
      priceVersion: 'v1',
    },
  });

  it('ends within minutes, charged for what was delivered, which is on record once', async () => {
    await using t = await createTestWallets();
    const ada = await t.createPerson(100);
    const holdId = await createHold(t, ada);
    await t.holds.noteDelivered(holdId, deliveredTo(ada));
    const early = await t.wallets.expireHolds();

    t.clock.advance(HELD_MS + 1);
    const ended = await Promise.all([t.wallets.expireHolds(), t.wallets.expireHolds()]);

    expect([early, Math.max(...ended)]).toEqual([0, 1]);
    expect(await t.db('wallets').pluck('balance_micros')).toEqual([100 * CENT - 7]);
    expect(await t.db('usage_records').select('user_id', 'model', 'payer', 'output_tokens', 'cost_micros')).toEqual([
      { user_id: ada, model: 'gpt-small', payer: 'wallet', output_tokens: 3, cost_micros: 7 },
    ]);
    expect(await t.problems()).toEqual([]);
  });

  it('is not on record again when its process comes back after all', async () => {
    await using t = await createTestWallets();
    const ada = await t.createPerson(100);
    const holdId = await createHold(t, ada);
    const recorded = deliveredTo(ada);
    await t.holds.noteDelivered(holdId, recorded);
    t.clock.advance(HELD_MS + 1);
    await t.wallets.expireHolds();

    const again = await t.wallets.settle({ holdId, costMicros: 9, priceVersion: 'v1', recorded });

    expect(again).toBeNull();
    expect(await t.db('usage_records').pluck('cost_micros')).toEqual([7]);
    expect(JSON.stringify(await t.db('holds').pluck('delivered_call'))).not.toContain(ada);
  });

  it('of a call that had delivered nothing is on record when its process comes back with what it did cost', async () => {
    await using t = await createTestWallets();
    const ada = await t.createPerson(100);
    const holdId = await createHold(t, ada);
    t.clock.advance(HELD_MS + 1);
    await t.wallets.expireHolds();

    await t.wallets.settle({ holdId, costMicros: 7, priceVersion: 'v1', recorded: deliveredTo(ada) });

    expect(await t.db('usage_records').pluck('cost_micros')).toEqual([7]);
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
