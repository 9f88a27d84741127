import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccounts } from '../../../core/accounts/accounts.ts';
import { createTestClock } from '../../support/test-clock.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';

const password = 'correct horse 7 staple';
const network = '192.0.2.1';

describe('accounts', () => {
  let t: TestDatabase;
  const clock = createTestClock();
  let accounts: ReturnType<typeof createAccounts>;
  beforeAll(async () => {
    t = await createTestDatabase();
    accounts = createAccounts({ db: t.db, clock });
  });
  afterAll(() => t[Symbol.asyncDispose]());

  const register = (username: string, email: string | null = null) =>
    accounts.register({ username, email, password, network: username });

  it('are found again by name and by address, however these are capitalised', async () => {
    const ada = await register('Ada', 'Ada@Example.com');

    expect(ada).toMatchObject({ username: 'Ada', displayName: 'Ada', email: 'Ada@Example.com' });
    expect(await accounts.checkPassword({ name: 'aDA', password, network })).toEqual(ada);
    expect(await accounts.checkPassword({ name: 'ada@example.COM', password, network })).toEqual(ada);
  });

  it('keep no password, only its argon2id hash', async () => {
    const { id } = await register('hashed');

    const row = await t.db('accounts').where({ user_id: id }).first();

    expect(row.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(JSON.stringify(row)).not.toContain(password);
  });

  it('cannot have a name that looks like another one', async () => {
    await register('Paul');

    await expect(register('PauI')).rejects.toMatchObject({ code: 'conflict' });
    await expect(register('PAUL')).rejects.toMatchObject({ code: 'conflict' });
    await expect(register('somebody', null).then(() => register('somebody'))).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('cannot share an address, and do not tell which of the two is taken', async () => {
    await register('first', 'shared@example.com');

    const refusals = await Promise.allSettled([register('second', 'Shared@example.com'), register('first', null)]);

    const messages = refusals.map((refusal) => (refusal.status === 'rejected' ? refusal.reason.message : 'accepted'));
    expect(new Set(messages)).toEqual(new Set(['This username or email is taken, or looks like one that is.']));
  });

  it('of several at once with one name, exist once, and leave nobody behind', async () => {
    const before = await t.db('users').count('* as n').first();

    const results = await Promise.allSettled(Array.from({ length: 5 }, () => register('racer')));

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const after = await t.db('users').count('* as n').first();
    expect(Number(after?.n) - Number(before?.n)).toBe(1);
  });

  it.each([
    ['short', ['at least 10 characters']],
    ['aaaaaaaaaaaa', ['repeat a few characters']],
    ['Password123!', ['used by many']],
    ['1234567890', ['used by many']],
    ['my-margaret-1', ['your username or email with little beside it']],
    ['abababa', ['at least 10 characters', 'repeat a few']],
    ['x1y2z3w4v5'.repeat(21), ['at most 200 characters']],
  ])('refuse the password %s and say why', async (weak, reasons) => {
    const refused = await accounts
      .register({ username: 'margaret', email: 'm.h@example.com', password: weak, network })
      .catch((error) => error);

    expect(refused).toMatchObject({ code: 'invalid_request' });
    for (const reason of reasons) expect(refused.message).toContain(reason);
    expect(refused.message).not.toContain(weak);
  });

  it('take a long password in which the name is only one part', async () => {
    const secret = 'Hildegard has seven goats';

    expect(await accounts.register({ username: 'hildegard', email: null, password: secret, network })).toMatchObject({
      username: 'hildegard',
    });
  });

  it('refuse an address that is none', async () => {
    await expect(register('nomail', 'not an address')).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('answer the same to a wrong password and to a name that does not exist', async () => {
    await register('known');

    const attempt = (name: string) =>
      accounts.checkPassword({ name, password: 'a wrong password', network }).catch((error) => error);
    const [wrong, unknown] = [await attempt('known'), await attempt('unknown')];

    expect(wrong).toMatchObject({ code: 'unauthorized' });
    expect(unknown).toEqual(wrong);
  });

  it('take as much work to refuse a name that does not exist as a wrong password', async () => {
    await register('timed');
    const measure = async (name: string) => {
      const start = process.cpuUsage();
      await accounts.checkPassword({ name, password: 'a wrong password', network: 'timing' }).catch(() => {});
      const { user, system } = process.cpuUsage(start);
      return user + system;
    };

    const times = { timed: [] as number[], nobody: [] as number[] };
    for (let i = 0; i < 5; i++) {
      times.timed.push(await measure('timed'));
      times.nobody.push(await measure('nobody'));
    }

    // The least of several: other work of the machine only ever adds.
    expect(Math.min(...times.nobody)).toBeGreaterThan(Math.min(...times.timed) / 3);
  });

  describe('under attack', () => {
    const attempt = (name: string, from: string, secret = 'a wrong password') =>
      accounts.checkPassword({ name, password: secret, network: from });

    it('slow down whoever guesses at one, also the right password, and tell when to come back', async () => {
      await register('victim');
      for (let i = 0; i < 10; i++) await attempt('victim', '203.0.113.1').catch(() => {});

      const refused = await attempt('victim', '203.0.113.1', password).catch((error) => error);

      expect(refused).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 900 });
      expect(await attempt('victim', '203.0.113.2', password)).toMatchObject({ username: 'victim' });
      clock.advance(15 * 60_000);
      expect(await attempt('victim', '203.0.113.1', password)).toMatchObject({ username: 'victim' });
    });

    it('slow down guesses at a name that does not exist just the same', async () => {
      for (let i = 0; i < 10; i++) await attempt('no-such-one', '203.0.113.3').catch(() => {});

      await expect(attempt('no-such-one', '203.0.113.3')).rejects.toMatchObject({ code: 'rate_limited' });
    });

    it('count attempts made at once', async () => {
      const results = await Promise.allSettled(Array.from({ length: 14 }, () => attempt('at-once', '203.0.113.4')));

      const codes = results.map((result) => (result.status === 'rejected' ? result.reason.code : 'accepted'));
      expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(4);
    });

    it('slow down one network that tries many names', async () => {
      const names = Array.from({ length: 60 }, (_, i) => `spray-${i}`);
      await Promise.all(names.map((name) => attempt(name, '203.0.113.5').catch(() => {})));

      await expect(attempt('one-more', '203.0.113.5')).rejects.toMatchObject({ code: 'rate_limited' });
    });

    it('slow down neither a crowd nor a program that knows its passwords', async () => {
      await register('crowd');

      for (let i = 0; i < 61; i++) await attempt('crowd', '203.0.113.7', password);

      const guesses = Array.from({ length: 60 }, (_, i) =>
        attempt(`guess-${i}`, '203.0.113.7').catch(({ code }) => code),
      );
      expect(new Set(await Promise.all(guesses))).toEqual(new Set(['unauthorized']));
      await expect(attempt('crowd', '203.0.113.7', password)).rejects.toMatchObject({ code: 'rate_limited' });
    });

    it('forget mistypes once the password was right', async () => {
      await register('clumsy');
      for (let i = 0; i < 9; i++) await attempt('clumsy', '203.0.113.6').catch(() => {});
      await attempt('clumsy', '203.0.113.6', password);

      expect(await attempt('clumsy', '203.0.113.6', password)).toMatchObject({ username: 'clumsy' });
    });
  });
});
