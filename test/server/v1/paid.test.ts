import { randomUUID } from 'node:crypto';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../core/errors.ts';
import { createTestV1, type TestV1Options } from '../../support/test-v1.ts';

type TestV1 = Awaited<ReturnType<typeof createTestV1>>;

/** An answer costs 18 micros: 11 tokens in and 7 out, for a dollar per million. */
const ANSWER_MICROS = 18;
const hi = { model: 'fake', messages: [{ role: 'user' as const, content: 'Hi' }], max_tokens: 10 };

async function createPaid(balanceMicros: number, options: TestV1Options = {}) {
  const t = await createTestV1({ billing: {}, ...options });
  if (balanceMicros > 0) await credit(t, balanceMicros);
  return t;
}

function credit({ app, userId }: TestV1, amountMicros: number) {
  return app.wallets.credit({ userId, amountMicros, kind: 'credit', from: 'operator', key: randomUUID() });
}

const clientOf = ({ baseUrl, key }: TestV1, apiKey = key) => new OpenAI({ baseURL: baseUrl, apiKey, maxRetries: 0 });
const balanceOf = async ({ app, userId }: TestV1) => {
  const { balanceMicros, heldMicros } = await app.wallets.open(userId);
  return { balanceMicros, heldMicros };
};
/** Reads the answer to its end: then it is settled. */
async function statusOf(asking: Promise<Response>): Promise<number> {
  const response = await asking;
  await response.text();
  return response.status;
}
const capped = async (t: TestV1, monthlyCapMicros: number, name = 'capped') =>
  (await t.app.apiKeys.create({ userId: t.userId, name, monthlyCapMicros })).key;

describe('what embeddings cost', () => {
  /** A vector per text for two dollars per million tokens, by somebody else's model; it writes nothing. */
  const elsewhere = {
    embeddingsCostNothing: false,
    rows: ['fake,fake,OPENAI_BASE_URL,1,1,32000,1000,yes,50', 'hashing,hashing,EMBEDDING_BASE_URL,2,0,8192,0,no,0'],
    env: { EMBEDDING_BASE_URL: 'http://127.0.0.1:9/v1', EMBEDDING_MODEL: 'hashing' },
  };
  const embedTwoTokens = (t: TestV1, apiKey?: string) =>
    clientOf(t, apiKey).embeddings.create({ model: 'hashing', input: 'hello world' });
  const RECORD = ['model', 'payer', 'input_tokens', 'output_tokens', 'cost_micros', 'api_key_id'];

  it('is paid by the owner of the key at the price in the table', async () => {
    await using t = await createPaid(1_000_000, elsewhere);

    await embedTwoTokens(t);

    expect(await balanceOf(t)).toEqual({ balanceMicros: 1_000_000 - 4, heldMicros: 0 });
    expect(await t.db('usage_records').select(RECORD)).toEqual([
      { model: 'hashing', payer: 'wallet', input_tokens: 2, output_tokens: 0, cost_micros: 4, api_key_id: t.apiKey.id },
    ]);
  });

  it('is nothing, and on record, where the model runs here', async () => {
    await using t = await createPaid(0);

    await embedTwoTokens(t);

    expect(await t.db('usage_records').select('model', 'payer', 'cost_micros')).toEqual([
      { model: 'hashing', payer: 'operator', cost_micros: 0 },
    ]);
  });

  it('is said to be too much before anything is embedded', async () => {
    await using t = await createPaid(0, elsewhere);

    await expect(embedTwoTokens(t)).rejects.toMatchObject({ status: 402, code: 'insufficient_quota' });

    expect(t.embedder.embedded).toEqual([]);
  });

  it('stays within the cap of the key', async () => {
    await using t = await createPaid(1_000_000, elsewhere);
    const key = await capped(t, 6);

    await embedTwoTokens(t, key);

    await expect(embedTwoTokens(t, key)).rejects.toMatchObject({ status: 402 });
    expect((await balanceOf(t)).balanceMicros).toBe(1_000_000 - 4);
  });

  it('is refused where nobody knows the price', async () => {
    await using t = await createPaid(1_000_000, { embeddingsCostNothing: false });

    await expect(embedTwoTokens(t)).rejects.toMatchObject({ message: expect.stringMatching(/price/) });

    expect(await balanceOf(t)).toEqual({ balanceMicros: 1_000_000, heldMicros: 0 });
  });

  it('is nothing when the embedding server fails', async () => {
    await using t = await createPaid(1_000_000, elsewhere);
    t.embedder.embed = async () => {
      throw new AppError('embedding_unavailable', 'The embedding model does not answer.');
    };

    await expect(embedTwoTokens(t)).rejects.toMatchObject({ status: 503 });

    expect(await balanceOf(t)).toEqual({ balanceMicros: 1_000_000, heldMicros: 0 });
    expect(await t.db('usage_records')).toEqual([]);
  });

  it('belongs to a model that answers no question', async () => {
    await using t = await createPaid(1_000_000, elsewhere);

    await expect(clientOf(t).chat.completions.create({ ...hi, model: 'hashing' })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });
});

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
