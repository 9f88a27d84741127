import { describe, expect, it } from 'vitest';
import { holdLease, withLease } from '../../../core/db/lease.ts';
import { createTestDatabase } from '../../support/test-database.ts';

describe('a lease', () => {
  it('is held by one at a time, needs no connection meanwhile, and is free again after an error', async () => {
    await using t = await createTestDatabase();

    const inner = await withLease(t.db, 'one', async () => {
      expect(t.db.client.pool.numUsed()).toBe(0);
      return [await withLease(t.db, 'one', async () => 'both'), await withLease(t.db, 'other', async () => 'other')];
    });
    const failing = withLease(t.db, 'one', () => Promise.reject(new Error('failed')));

    expect(inner).toEqual([null, 'other']);
    await expect(failing).rejects.toThrow('failed');
    expect(await withLease(t.db, 'one', async () => 'again')).toBe('again');
  });

  it('is taken over from a holder that died', async () => {
    await using t = await createTestDatabase();
    await t.db('leases').insert({
      name: 'one',
      holder: '00000000-0000-4000-8000-000000000001',
      expires_at: t.db.raw(`now() - interval '1 millisecond'`),
    });

    expect(await withLease(t.db, 'one', async () => 'taken')).toBe('taken');
  });

  it('tells a holder that stood still for too long that it was lost', async () => {
    await using t = await createTestDatabase();

    const lost = withLease(t.db, 'one', async (signal) => {
      await t.db('leases').update({ holder: '00000000-0000-4000-8000-000000000001' });
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return String(signal.reason);
    });

    expect(await lost).toContain('another process has taken over one');
  });

  it('that is waited for in a transaction is held to its end, and not found afterwards', async () => {
    await using t = await createTestDatabase();
    const order: string[] = [];
    const started = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const holder = withLease(t.db, 'one', async () => {
      started.resolve();
      await end.promise;
      order.push('holder');
    });
    await started.promise;

    const waiter = t.db.transaction(async (trx) => {
      await holdLease(trx, 'one');
      order.push('waiter');
    });
    end.resolve();
    await Promise.all([holder, waiter]);

    expect(order).toEqual(['holder', 'waiter']);
    expect(await t.db('leases')).toEqual([]);
  });
});
