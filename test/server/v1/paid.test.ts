import { describe, expect, it } from 'vitest';
import { ANSWER_MICROS, balanceOf, capped, clientOf, createPaid, hi, statusOf } from '../../support/paid-v1.ts';
import { createTestV1 } from '../../support/test-v1.ts';

describe('what /v1 costs', () => {
  it('is paid by the owner of the key, to the millionth of a dollar', async () => {
    await using t = await createPaid(1_000_000);

    await clientOf(t).chat.completions.create(hi);
    const stream = await clientOf(t).chat.completions.create({ ...hi, stream: true });
    for await (const _ of stream);

    await expect.poll(() => balanceOf(t)).toEqual({ balanceMicros: 1_000_000 - 2 * ANSWER_MICROS, heldMicros: 0 });
    expect(await t.db('usage_records').select('payer', 'cost_micros', 'api_key_id')).toEqual(
      [1, 2].map(() => ({ payer: 'wallet', cost_micros: ANSWER_MICROS, api_key_id: t.apiKey.id })),
    );
  });

  const spoken = { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'One two three four.' } };
  const streamed = `data: ${JSON.stringify({ choices: [{ index: 0, delta: spoken.message, finish_reason: 'stop' }] })}\n\n`;

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['nothing of the answer', { prompt_tokens: 11 }],
    ['nothing of the question', { prompt_tokens: 0, completion_tokens: 7 }],
    ['text', { prompt_tokens: '11', completion_tokens: '7' }],
    ['a fraction', { prompt_tokens: 11, completion_tokens: 7.5 }],
    ['less than nothing', { prompt_tokens: 11, completion_tokens: -7 }],
    ['more than there is', { prompt_tokens: 1e300, completion_tokens: 7 }],
  ])('is counted here where the server reports %s', async (_, usage) => {
    await using t = await createPaid(1_000_000);
    t.upstream.next({ whole: { object: 'chat.completion', choices: [spoken], usage } });
    t.upstream.next({
      raw: { frames: `${streamed}data: ${JSON.stringify({ choices: [], usage })}\n\n`, ends: 'whole' },
    });

    const whole = await t.post('/v1/chat/completions', hi);
    const stream = await t.post('/v1/chat/completions', { ...hi, stream: true });

    expect(await whole.json()).toMatchObject({ choices: [spoken] });
    expect(await stream.text()).toContain('One two three four.');
    await expect.poll(() => t.db('usage_records').pluck('output_tokens')).toEqual([5, 5]);
    const costs: number[] = await t.db('usage_records').pluck('cost_micros');
    expect(await balanceOf(t)).toEqual({ balanceMicros: 1_000_000 - costs[0]! - costs[1]!, heldMicros: 0 });
  });

  it('is what it is where the server answers in one piece all the same', async () => {
    await using t = await createPaid(1_000_000);
    const usage = { prompt_tokens: 11, completion_tokens: 7 };
    const answer = { object: 'chat.completion', choices: [spoken], usage };
    t.upstream.next({ raw: { frames: JSON.stringify(answer), ends: 'whole' } });

    const response = await t.post('/v1/chat/completions', { ...hi, stream: true });

    expect(await response.json()).toEqual(answer);
    expect(await balanceOf(t)).toEqual({ balanceMicros: 1_000_000 - ANSWER_MICROS, heldMicros: 0 });
  });

  it('is paid for the assistant as well', async () => {
    await using t = await createPaid(1_000_000);

    await clientOf(t).chat.completions.create({ ...hi, model: 'parley' });
    const answer = await (await t.post('/api/query', { query: 'Hi' })).json();

    expect(answer).toMatchObject({ model: 'fake', cost_micros: ANSWER_MICROS, cost_cents: ANSWER_MICROS / 10_000 });
    expect(await balanceOf(t)).toEqual({ balanceMicros: 1_000_000 - 2 * ANSWER_MICROS, heldMicros: 0 });
    expect(await t.db('usage_records').pluck('api_key_id')).toEqual([t.apiKey.id, t.apiKey.id]);
  });

  it('is said to be too much before anything is asked', async () => {
    await using t = await createPaid(0);

    const refused = clientOf(t).chat.completions.create(hi);

    await expect(refused).rejects.toMatchObject({
      status: 402,
      type: 'insufficient_quota',
      code: 'insufficient_quota',
    });
    expect(t.upstream.requests).toEqual([]);
  });

  it('limits an answer to what there is money for', async () => {
    await using t = await createPaid(700);

    await clientOf(t).chat.completions.create({ ...hi, max_tokens: 900 });

    const sent = t.upstream.requests[0]?.max_tokens ?? 0;
    expect(sent).toBeGreaterThanOrEqual(256);
    expect(sent).toBeLessThan(700);
  });

  it('is what was delivered when the caller goes', async () => {
    await using t = await createPaid(1_000_000);
    t.upstream.answerWith('One two three four.');
    const paused = Promise.withResolvers<void>();
    t.upstream.next({ pauses: [{ after: 2, until: paused.promise }] });

    const stream = await clientOf(t).chat.completions.create({ ...hi, stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content?.includes('two')) break;

    await expect.poll(async () => (await balanceOf(t)).heldMicros).toBe(0);
    paused.resolve();
    const [usage] = await t.db('usage_records').select('input_tokens', 'output_tokens', 'cost_micros');
    expect(usage.output_tokens).toBe(2);
    expect((await balanceOf(t)).balanceMicros).toBe(1_000_000 - usage.cost_micros);
  });

  it('locks in one order, the wallet before the month of the key, whoever answers', async () => {
    await using t = await createPaid(1_000_000);
    await statusOf(t.post('/v1/chat/completions', hi));
    const call = t.upstream.holdNext();
    const asking = statusOf(t.post('/v1/chat/completions', { ...hi, model: 'parley' }));
    await call.arrived;

    await t.db.transaction(async (settling) => {
      await settling('wallets').forUpdate().select('id');
      call.release();
      const waiting = t.db('pg_stat_activity').whereRaw("datname = current_database() and wait_event_type = 'Lock'");
      await expect.poll(async () => (await waiting.clone()).length, { timeout: 20_000 }).toBe(1);
      await settling.raw("set local lock_timeout = '100ms'");
      await settling('api_key_months').update({ spent_micros: 0 });
    });

    expect(await asking).toBe(200);
    expect(await t.db('api_key_months').pluck('spent_micros')).toEqual([ANSWER_MICROS]);
  });

  it('is held for minutes only, so that a process that dies blocks nobody for long', async () => {
    await using t = await createPaid(1_000_000);
    const key = await capped(t, 500_000);
    const call = t.upstream.holdNext();
    const asking = t.post('/v1/chat/completions', hi, { token: key });
    await call.arrived;

    const holds = await Promise.all(['holds', 'api_key_holds'].map((table) => t.db(table).first('expires_at')));
    call.release();
    await asking;

    for (const { expires_at: end } of holds) expect(end.getTime() - Date.now()).toBeLessThan(5 * 60_000);
  });

  it('is nothing when the server fails, whose failure costs nothing', async () => {
    await using t = await createPaid(1_000_000);
    t.upstream.next({ status: 500 });

    await expect(clientOf(t).chat.completions.create(hi)).rejects.toMatchObject({ status: 502 });

    expect(await balanceOf(t)).toEqual({ balanceMicros: 1_000_000, heldMicros: 0 });
    expect(await t.db('usage_records')).toEqual([]);
  });

  it('answers as many of a crowd as the wallet pays for, and nobody for free', async () => {
    const affordable = 7;
    await using t = await createPaid(affordable * ANSWER_MICROS + 30);

    const all = await Promise.all(Array.from({ length: 40 }, () => statusOf(t.post('/v1/chat/completions', hi))));

    const answered = all.filter((status) => status === 200).length;
    expect(all.filter((status) => status === 402)).toHaveLength(40 - answered);
    expect(t.upstream.requests).toHaveLength(answered);
    const { balanceMicros, heldMicros } = await balanceOf(t);
    expect(balanceMicros).toBe(affordable * ANSWER_MICROS + 30 - answered * ANSWER_MICROS);
    expect(heldMicros).toBe(0);
    expect(answered).toBeGreaterThanOrEqual(affordable - 2);
  });

  it.each([
    ['service_tier', 'priority'],
    ['web_search_options', {}],
  ])('is refused with %s, by which a call costs more than the table says', async (field, value) => {
    await using t = await createPaid(1_000_000);
    await using unpaid = await createTestV1();

    const refused = await t.post('/v1/chat/completions', { ...hi, [field]: value });
    const usual = await t.post('/v1/chat/completions', { ...hi, service_tier: 'auto' });
    const free = await unpaid.post('/v1/chat/completions', { ...hi, [field]: value });

    expect([refused.status, usual.status, free.status]).toEqual([400, 200, 200]);
    expect((await refused.json()).error).toMatchObject({ type: 'invalid_request_error', param: field });
    expect(t.upstream.requests).toHaveLength(1);
  });

  it('refuses a model without a known price', async () => {
    await using t = await createPaid(1_000_000, { env: { CHAT_MODEL: 'unlisted' } });

    const refused = clientOf(t).chat.completions.create({ ...hi, model: 'unlisted' });

    await expect(refused).rejects.toMatchObject({ code: 'model_price_unknown' });
    expect(t.upstream.requests).toEqual([]);
  });
});
