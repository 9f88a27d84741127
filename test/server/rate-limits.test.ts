import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../core/db/database.ts';
import { createRateLimits, toNetwork } from '../../server/rate-limits.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { createTestHttpServer } from '../support/test-http-server.ts';

describe('rate limits', () => {
  it('refuses a person who asks too fast, and says when to try again', async () => {
    await using t = await createTestHttpServer({ questionsPerMinute: 1 });
    const asker = await t.createAsker();
    const path = `/api/sessions/${asker.sessionId}/messages`;
    const call = t.scripted.call(0);
    const first = t.request('POST', path, { ...asker, body: { text: 'One' } });
    (await call).finish();

    const second = await t.request('POST', path, { ...asker, body: { text: 'Two' } });
    const other = await t.createAsker();
    const othersCall = t.scripted.call(1);
    const others = t.request('POST', `/api/sessions/${other.sessionId}/messages`, {
      ...other,
      body: { text: 'Three' },
    });
    (await othersCall).finish();

    expect((await first).status).toBe(200);
    expect(second.status).toBe(429);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(second.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect((await second.json()).error).toMatchObject({
      code: 'rate_limited',
      message: expect.stringMatching(/Please wait \d+ seconds\.$/),
    });
    expect((await others).status).toBe(200);
  });

  it('refuses a network address that asks too much, whoever it says it is', async () => {
    await using t = await createTestHttpServer({ requestsPerMinute: 3 });

    const statuses = [];
    for (const path of ['/api/sessions', '/api/messages', '/api/nothing', '/api/sessions']) {
      statuses.push((await t.request('GET', path)).status);
    }

    expect(statuses).toEqual([401, 401, 404, 429]);
    expect((await t.request('GET', '/healthz')).status).toBe(200);
  });

  it('makes new visitors scarcer than requests, and lets known ones renew', async () => {
    await using t = await createTestHttpServer({ requestsPerMinute: 12 });
    const known = await t.createVisitor();
    await t.createVisitor();

    const third = await t.request('POST', '/api/visitors');
    const renewal = await t.request('POST', '/api/visitors', known);

    expect(third.status).toBe(429);
    expect(renewal.status).toBe(200);
  });

  it('believes a forwarded address only from as many proxies as are set', async () => {
    await using direct = await createTestHttpServer({ requestsPerMinute: 1 });
    await using proxied = await createTestHttpServer({ requestsPerMinute: 1, config: { TRUST_PROXY: 1 } });
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

    const lied = [
      await direct.request('GET', '/api/a', from('1.1.1.1')),
      await direct.request('GET', '/api/a', from('2.2.2.2')),
    ];
    const told = [
      await proxied.request('GET', '/api/a', from('1.1.1.1')),
      await proxied.request('GET', '/api/a', from('2.2.2.2')),
      await proxied.request('GET', '/api/a', from('9.9.9.9, 2.2.2.2')),
    ];

    expect(lied.map(({ status }) => status)).toEqual([404, 429]);
    expect(told.map(({ status }) => status)).toEqual([404, 404, 429]);
  });

  it('counts the same in every process, exactly, however many ask at once', async () => {
    await using t = await createTestDatabase();
    const options = { db: t.db, questionsPerMinute: 5, requestsPerMinute: 100, keyRequestsPerMinute: 100 };
    const processes = [createRateLimits(options), createRateLimits(options)];

    const results = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) => processes[index % 2]!.countQuestion('ada')),
    );

    expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(5);
  });

  it.each([600, 100, 61, 5])(
    'lets a network make %i requests a minute, exactly, however many it makes at once',
    async (most) => {
      await using t = await createTestDatabase();
      const limits = createRateLimits({
        db: t.db,
        questionsPerMinute: 5,
        requestsPerMinute: most,
        keyRequestsPerMinute: 1,
      });

      const results = await Promise.allSettled(
        Array.from({ length: most + 50 }, () => limits.countRequest('192.0.2.7')),
      );

      expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(most);
      await expect(limits.countRequest('192.0.2.7')).rejects.toMatchObject({ code: 'rate_limited' });
      await limits.countRequest('192.0.2.8');
    },
  );

  it('lets a network make no more requests through several processes, and little less', async () => {
    await using t = await createTestDatabase();
    const options = { db: t.db, questionsPerMinute: 5, requestsPerMinute: 600, keyRequestsPerMinute: 1 };
    const processes = [createRateLimits(options), createRateLimits(options)];

    const results = await Promise.allSettled(
      Array.from({ length: 900 }, (_, index) => processes[index % 3 === 0 ? 0 : 1]!.countRequest('192.0.2.7')),
    );

    const allowed = results.filter(({ status }) => status === 'fulfilled').length;
    expect(allowed).toBeLessThanOrEqual(600);
    expect(allowed).toBeGreaterThan(600 - 2 * 30);
  });

  it('goes on counting in memory while the database is away', async () => {
    const db = openDatabase('postgres://nobody@127.0.0.1:1/none');
    const limits = createRateLimits({ db, questionsPerMinute: 1, requestsPerMinute: 100, keyRequestsPerMinute: 100 });

    await limits.countQuestion('ada');

    await expect(limits.countQuestion('ada')).rejects.toMatchObject({ code: 'rate_limited' });
    await db.destroy();
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::ffff', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['', 'unknown'],
  ])('counts %s as the network %s', (address, network) => {
    expect(toNetwork(address)).toBe(network);
  });
});
