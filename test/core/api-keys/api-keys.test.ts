import { describe, expect, it } from 'vitest';
import { createApiKeys } from '../../../core/api-keys/api-keys.ts';
import { createUsers } from '../../../core/users/users.ts';
import { createWallets } from '../../../core/wallet/wallets.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createTestApp } from '../../support/test-app.ts';
import { createTestClock } from '../../support/test-clock.ts';
import { createTestDatabase } from '../../support/test-database.ts';

/** @param options.priceMicros what a key costs; null where nobody pays for anything */
async function createTestKeys({ priceMicros = null }: { priceMicros?: number | null } = {}) {
  const t = await createTestDatabase();
  const clock = createTestClock();
  const wallets = createWallets({ db: t.db, clock, openingMicros: 0, freeDailyMicros: 0 });
  const open = () =>
    createApiKeys({
      db: t.db,
      clock,
      logger: createSilentLogger(),
      subscribe: () => {},
      wallets,
      isPaid: priceMicros !== null,
      priceMicros: priceMicros ?? 0,
    });
  const somebody = async () => (await createUsers({ db: t.db }).createVisitor()).id;
  return {
    db: t.db,
    clock,
    wallets,
    open,
    keys: open(),
    somebody,
    [Symbol.asyncDispose]: () => t[Symbol.asyncDispose](),
  };
}

const refused = { code: 'unauthorized' };

describe('API keys', () => {
  it('stand for their person, and are kept as a hash only', async () => {
    await using t = await createTestKeys();
    const userId = await t.somebody();

    const { key, apiKey } = await t.keys.create({ userId, name: 'laptop' });

    expect(await t.keys.authenticate(key)).toEqual(apiKey);
    expect(apiKey).toMatchObject({ userId, name: 'laptop', prefix: key.slice(0, 9), isActive: true });
    expect(JSON.stringify(await t.db('api_keys'))).not.toContain(key.slice(9));
  });

  it('have a name of their own among the keys of a person', async () => {
    await using t = await createTestKeys();
    const [ada, bob] = [await t.somebody(), await t.somebody()];
    await t.keys.create({ userId: ada, name: 'laptop' });

    await expect(t.keys.create({ userId: ada, name: 'laptop' })).rejects.toMatchObject({ code: 'conflict' });
    await t.keys.create({ userId: bob, name: 'laptop' });

    const names = async (userId: string) => (await t.keys.list({ userId, limit: 9 })).items.map(({ name }) => name);
    expect([await names(ada), await names(bob)]).toEqual([['laptop'], ['laptop']]);
  });

  it('are made once when the same name is asked for many times at once', async () => {
    await using t = await createTestKeys();
    const userId = await t.somebody();

    const made = await Promise.allSettled(Array.from({ length: 8 }, () => t.keys.create({ userId, name: 'one' })));

    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await t.db('api_keys')).toHaveLength(1);
  });

  it('are at most a hundred', async () => {
    await using t = await createTestKeys();
    const userId = await t.somebody();
    for (let n = 0; n < 100; n++) await t.keys.create({ userId, name: `key ${n}` });

    await expect(t.keys.create({ userId, name: 'one more' })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('100 keys'),
    });
    expect(await t.db('api_keys')).toHaveLength(100);
  });

  it('do nothing while they are switched off', async () => {
    await using t = await createTestKeys();
    const userId = await t.somebody();
    const { key } = await t.keys.create({ userId, name: 'laptop' });

    await t.keys.change({ userId, name: 'laptop' }, { isActive: false });
    await expect(t.keys.authenticate(key)).rejects.toMatchObject(refused);
    await t.keys.change({ userId, name: 'laptop' }, { isActive: true });

    expect(await t.keys.authenticate(key)).toMatchObject({ name: 'laptop' });
  });

  it('take and lose limits without losing the others', async () => {
    await using t = await createTestKeys();
    const userId = await t.somebody();
    const expiresAt = new Date('2026-02-01T00:00:00Z');
    await t.keys.create({ userId, name: 'laptop', monthlyCapMicros: 5_000_000, models: ['parley'], expiresAt });

    const changed = await t.keys.change({ userId, name: 'laptop' }, { monthlyCapMicros: null });

    expect(changed).toMatchObject({ monthlyCapMicros: null, models: ['parley'], expiresAt, isActive: true });
  });

  it('end when they expire', async () => {
    await using t = await createTestKeys();
    const userId = await t.somebody();
    const expiresAt = new Date(t.clock.now().getTime() + 1000);
    const { key } = await t.keys.create({ userId, name: 'laptop', expiresAt });
    await t.keys.authenticate(key);

    t.clock.advance(1000);

    await expect(t.keys.authenticate(key)).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('expired'),
    });
  });

  it('are refused in the same words whether deleted, switched off, mistyped or never made', async () => {
    await using t = await createTestKeys();
    const userId = await t.somebody();
    const deleted = await t.keys.create({ userId, name: 'deleted' });
    const off = await t.keys.create({ userId, name: 'off' });
    await t.keys.delete({ userId, name: 'deleted' });
    await t.keys.change({ userId, name: 'off' }, { isActive: false });

    const tokens = [deleted.key, off.key, `${off.key.slice(0, -1)}!`, 'pk_short', 'pk_'];
    const words = await Promise.all(tokens.map((token) => t.keys.authenticate(token).catch((error) => error.message)));

    expect(new Set(words).size).toBe(1);
    expect(words[0]).toContain('not valid');
  });

  it("are nobody else's to change or delete", async () => {
    await using t = await createTestKeys();
    const [ada, eve] = [await t.somebody(), await t.somebody()];
    const { key } = await t.keys.create({ userId: ada, name: 'laptop' });
    const missing = { code: 'not_found' };

    await expect(t.keys.delete({ userId: eve, name: 'laptop' })).rejects.toMatchObject(missing);
    await expect(t.keys.change({ userId: eve, name: 'laptop' }, { isActive: false })).rejects.toMatchObject(missing);

    expect(await t.keys.authenticate(key)).toMatchObject({ userId: ada });
  });

  it('note when they were used, once a minute at most', async () => {
    await using t = await createTestKeys();
    const userId = await t.somebody();
    const { key } = await t.keys.create({ userId, name: 'laptop' });
    const lastUsedAt = async () => (await t.keys.list({ userId, limit: 1 })).items[0]?.lastUsedAt ?? null;
    const startedAt = t.clock.now();

    await t.keys.authenticate(key);
    await expect.poll(lastUsedAt).toEqual(startedAt);
    t.clock.advance(59_000);
    await t.keys.authenticate(key);
    t.clock.advance(1_000);
    await t.keys.authenticate(key);

    await expect.poll(lastUsedAt).toEqual(new Date(startedAt.getTime() + 60_000));
  });

  it('cost their price once, however often the same name is asked for', async () => {
    await using t = await createTestKeys({ priceMicros: 1_000_000 });
    const userId = await t.somebody();
    await t.wallets.credit({ userId, amountMicros: 5_000_000, kind: 'credit', from: 'operator', key: 'c' });

    const made = await Promise.allSettled(Array.from({ length: 4 }, () => t.keys.create({ userId, name: 'one' })));

    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await t.wallets.open(userId)).balanceMicros).toBe(4_000_000);
    const { items } = await t.wallets.listLedger({ userId, limit: 9 });
    expect(items.map(({ kind, amountMicros }) => [kind, amountMicros])).toEqual([
      ['purchase', -1_000_000],
      ['credit', 5_000_000],
    ]);
  });

  it('are as many as the balance pays for when many are made at once', async () => {
    await using t = await createTestKeys({ priceMicros: 1_000_000 });
    const userId = await t.somebody();
    await t.wallets.credit({ userId, amountMicros: 2_500_000, kind: 'credit', from: 'operator', key: 'c' });

    const made = await Promise.allSettled([1, 2, 3, 4, 5].map((n) => t.keys.create({ userId, name: `key ${n}` })));

    const refusals = made.filter((result) => result.status === 'rejected').map(({ reason }) => reason.code);
    expect(refusals).toEqual(['balance_too_low', 'balance_too_low', 'balance_too_low']);
    expect(await t.db('api_keys')).toHaveLength(2);
    expect((await t.wallets.open(userId)).balanceMicros).toBe(500_000);
  });

  it('are not switched on where there is nothing to pay with', async () => {
    await using t = await createTestKeys({ priceMicros: 0 });
    const userId = await t.somebody();
    await t.keys.create({ userId, name: 'laptop' });
    const on = () => t.keys.change({ userId, name: 'laptop' }, { isActive: true });
    await t.keys.change({ userId, name: 'laptop' }, { isActive: false });

    await expect(on()).rejects.toMatchObject({ code: 'balance_too_low', message: expect.stringContaining('Recharge') });
    await t.wallets.credit({ userId, amountMicros: 1, kind: 'credit', from: 'operator', key: 'c' });

    expect(await on()).toMatchObject({ isActive: true });
  });

  it('page through their list', async () => {
    await using t = await createTestKeys();
    const userId = await t.somebody();
    for (const name of ['a', 'b', 'c']) {
      await t.keys.create({ userId, name });
      t.clock.advance(1);
    }

    const first = await t.keys.list({ userId, limit: 2 });
    const second = await t.keys.list({ userId, limit: 2, cursor: first.nextCursor ?? undefined });

    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(['c', 'b', 'a']);
    expect(second.nextCursor).toBeNull();
  });

  it('stop working in every process as soon as it hears that they are deleted', async () => {
    await using one = await createTestApp();
    // Its clock stands still: what it has looked up never grows old by itself.
    await using other = await createTestApp({ database: one, more: { clock: createTestClock() } });
    await Promise.all([one.start(), other.start()]);
    const { id: userId } = await one.app.users.createVisitor();
    const { key } = await one.app.apiKeys.create({ userId, name: 'leaked' });
    await Promise.all([one.app.apiKeys.authenticate(key), other.app.apiKeys.authenticate(key)]);

    await one.app.apiKeys.delete({ userId, name: 'leaked' });

    await expect(one.app.apiKeys.authenticate(key)).rejects.toMatchObject(refused);
    const worksElsewhere = () =>
      other.app.apiKeys.authenticate(key).then(
        () => true,
        () => false,
      );
    await expect.poll(worksElsewhere).toBe(false);
  });

  it('stop working within a second even where the signal is lost', async () => {
    await using t = await createTestKeys();
    const deaf = t.open();
    const userId = await t.somebody();
    const { key } = await t.keys.create({ userId, name: 'leaked' });
    await deaf.authenticate(key);

    await t.keys.delete({ userId, name: 'leaked' });
    t.clock.advance(999);

    await expect(deaf.authenticate(key)).rejects.toMatchObject(refused);
  });
});
