import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ANSWER_MICROS, capped, hi, statusOf } from '../../support/paid-v1.ts';
import { createTestV1 } from '../../support/test-v1.ts';

describe('the monthly cap of a key', () => {
  it('holds for calls made at once, in two processes, exactly', async () => {
    await using t = await createTestV1();
    await using second = await createTestV1({ database: t.database });
    const key = await capped(t, 10 * ANSWER_MICROS + 40);

    const all = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        statusOf((n % 2 ? t : second).post('/v1/chat/completions', hi, { token: key })),
      ),
    );

    const answered = all.filter((status) => status === 200).length;
    expect(new Set(all)).toEqual(new Set([200, 402]));
    expect(answered).toBeGreaterThanOrEqual(8);
    expect(answered).toBeLessThanOrEqual(12);
    const [month] = await t.db('api_key_months').pluck('spent_micros');
    expect(month).toBe(answered * ANSWER_MICROS);
    expect(month).toBeLessThanOrEqual(10 * ANSWER_MICROS + 40);
    expect(await t.db('api_key_holds')).toEqual([]);
  });

  it('counts whatever the key is used for, and what it was before the cap', async () => {
    await using t = await createTestV1();
    await statusOf(t.post('/v1/chat/completions', hi));
    await statusOf(t.post('/v1/chat/completions', { ...hi, model: 'parley' }));
    await statusOf(t.post('/api/query', { query: 'Hi' }));

    await t.app.apiKeys.change({ userId: t.userId, name: 'program' }, { monthlyCapMicros: 3 * ANSWER_MICROS });

    const refused = await t.post('/v1/chat/completions', hi);
    expect(refused.status).toBe(402);
    expect((await refused.json()).error).toMatchObject({
      code: 'insufficient_quota',
      message: expect.stringContaining('monthly_cap_cents'),
    });
    expect(await statusOf(t.post('/api/query', { query: 'Hi' }))).toBe(402);
    expect(await t.db('api_key_months').pluck('spent_micros')).toEqual([3 * ANSWER_MICROS]);
  });

  it('begins anew with the month', async () => {
    await using t = await createTestV1();
    const key = await capped(t, 100);
    await statusOf(t.post('/v1/chat/completions', hi, { token: key }));
    await t.db('api_key_months').update({ spent_micros: 100 });
    expect(await statusOf(t.post('/v1/chat/completions', hi, { token: key }))).toBe(402);

    await t.db('api_key_months').update({ month: '2020-01-01' });

    expect(await statusOf(t.post('/v1/chat/completions', hi, { token: key }))).toBe(200);
  });

  it('bounds the length of an answer, whether or not anybody pays', async () => {
    await using t = await createTestV1();
    const key = await capped(t, 500);
    const { max_tokens: _, ...unbounded } = hi;

    await statusOf(t.post('/v1/chat/completions', unbounded, { token: key }));

    const [{ max_tokens: sent } = {}] = t.upstream.requests;
    expect(sent).toBeGreaterThan(256);
    expect(sent).toBeLessThan(500);
  });

  it('is of that key alone', async () => {
    await using t = await createTestV1();
    const key = await capped(t, 0);

    expect(await statusOf(t.post('/v1/chat/completions', hi, { token: key }))).toBe(402);
    expect(await statusOf(t.post('/v1/chat/completions', hi))).toBe(200);
  });

  it('gives back what a failed call held', async () => {
    await using t = await createTestV1();
    const key = await capped(t, 100);
    t.upstream.next({ status: 500 });

    await statusOf(t.post('/v1/chat/completions', hi, { token: key }));

    expect(await t.db('api_key_holds')).toEqual([]);
    expect(await statusOf(t.post('/v1/chat/completions', hi, { token: key }))).toBe(200);
  });

  it('forgets what a process that died had held', async () => {
    await using t = await createTestV1();
    const key = await capped(t, 100);
    const apiKeyId = (await t.app.apiKeys.authenticate(key)).id;
    const hold = { id: randomUUID(), api_key_id: apiKeyId, amount_micros: 100 };
    await t.db('api_key_holds').insert({ ...hold, expires_at: new Date(Date.now() - 1000) });

    expect(await statusOf(t.post('/v1/chat/completions', hi, { token: key }))).toBe(200);

    await t.app.keyCaps.clear();
    expect(await t.db('api_key_holds')).toEqual([]);
  });
});
