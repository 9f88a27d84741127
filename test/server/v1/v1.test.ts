import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { createTestV1 } from '../../support/test-v1.ts';

type TestV1 = Awaited<ReturnType<typeof createTestV1>>;

const clientOf = ({ baseUrl, key }: TestV1, apiKey = key) => new OpenAI({ baseURL: baseUrl, apiKey, maxRetries: 0 });
const hi = { model: 'parley', messages: [{ role: 'user' as const, content: 'Hi' }] };

describe('/v1', () => {
  it('refuses a key that is not valid as OpenAI does', async () => {
    await using t = await createTestV1();

    const refused = clientOf(t, 'sk-somebody-elses').chat.completions.create(hi);

    await expect(refused).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    await expect(refused).rejects.toMatchObject({
      status: 401,
      type: 'invalid_request_error',
      code: 'invalid_api_key',
      param: null,
    });
  });

  it('is not open to visitors of a website, whose token is in the page', async () => {
    await using t = await createTestV1();
    const visitor = await (await fetch(`${t.url}/api/visitors`, { method: 'POST' })).json();

    const response = await t.post('/v1/chat/completions', hi, { token: visitor.access_token });

    expect(response.status).toBe(401);
    expect((await response.json()).error.code).toBe('invalid_api_key');
  });

  it('stops for a key within a second of its end', async () => {
    await using t = await createTestV1();
    await clientOf(t).chat.completions.create(hi);

    await t.app.apiKeys.delete({ userId: t.userId, name: 'program' });

    await expect(clientOf(t).chat.completions.create(hi)).rejects.toMatchObject({ code: 'invalid_api_key' });
  });

  it('does not know a model that is not listed', async () => {
    await using t = await createTestV1();

    const refused = clientOf(t).chat.completions.create({ ...hi, model: 'gpt-99' });

    await expect(refused).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(refused).rejects.toMatchObject({ code: 'model_not_found', param: 'model' });
  });

  it('lets a key use the models it was made for', async () => {
    await using t = await createTestV1();
    const { key } = await t.app.apiKeys.create({ userId: t.userId, name: 'narrow', models: ['hashing'] });

    const { data: models } = await clientOf(t, key).models.list();

    expect(models).toEqual([]);
    expect(await clientOf(t, key).models.retrieve('hashing')).toMatchObject({ id: 'hashing' });
    await expect(clientOf(t, key).chat.completions.create(hi)).rejects.toMatchObject({ code: 'model_not_found' });
    await expect(clientOf(t, key).models.retrieve('parley')).rejects.toMatchObject({ status: 404 });
  });

  it('lists its models', async () => {
    await using t = await createTestV1();

    const { data } = await clientOf(t).models.list();

    expect(data).toContainEqual({ id: 'parley', object: 'model', created: 0, owned_by: 'parley' });
    expect(await clientOf(t).models.retrieve('parley')).toMatchObject({ id: 'parley' });
  });

  it('lists for chats only what chats, and says where the embedding model is asked for', async () => {
    await using t = await createTestV1();
    const list = async (path: string) =>
      (await (await fetch(t.baseUrl + path, { headers: { authorization: `Bearer ${t.key}` } })).json()).data;

    expect(await list('/embeddings/models')).toMatchObject([{ id: 'hashing', object: 'model' }]);
    for (const { id } of await list('/models')) {
      const messages = [{ role: 'user' as const, content: 'Hi' }];
      expect((await clientOf(t).chat.completions.create({ model: id, messages })).choices).toHaveLength(1);
    }
    await expect(
      clientOf(t).chat.completions.create({ model: 'hashing', messages: [{ role: 'user', content: 'Hi' }] }),
    ).rejects.toThrow('The model hashing makes embeddings and writes no answers: ask for it at POST /v1/embeddings.');
  });

  it('finds a model whose id has a slash, encoded or not', async () => {
    await using t = await createTestV1({ rows: ['lab/tiny,tiny,OPENAI_BASE_URL,1,1,32000,1000,yes,50'] });
    const headers = { authorization: `Bearer ${t.key}` };

    const found = ['lab%2Ftiny', 'lab/tiny'].map((id) => fetch(`${t.baseUrl}/models/${id}`, { headers }));
    const unknown = await fetch(`${t.baseUrl}/models/lab/huge`, { headers });

    for (const response of await Promise.all(found)) expect(await response.json()).toMatchObject({ id: 'lab/tiny' });
    expect([unknown.status, (await unknown.json()).error.code]).toEqual([404, 'model_not_found']);
  });

  it.each([
    ['model is missing', 'model', { messages: hi.messages }],
    ['messages is missing', 'messages', { model: 'parley' }],
    ['messages must have a message', 'messages', { model: 'parley', messages: [] }],
    ['role must be', 'messages.0.role', { model: 'parley', messages: [{ role: 'me', content: 'Hi' }] }],
    ['content must be text', 'messages.0.content', { model: 'parley', messages: [{ role: 'user', content: 7 }] }],
    ['max_tokens must be at least 1', 'max_tokens', { ...hi, max_tokens: 0 }],
    ['end with a message of the user', 'messages', { ...hi, messages: [{ role: 'assistant', content: 'Hi' }] }],
    ['some text', 'messages', { ...hi, messages: [{ role: 'user', content: '' }] }],
    ['NUL', 'messages', { ...hi, messages: [{ role: 'user', content: 'a\0b' }] }],
  ])('says %s, and where', async (words, param, body) => {
    await using t = await createTestV1();

    const response = await t.post('/v1/chat/completions', body);

    expect(response.status).toBe(400);
    expect((await response.json()).error).toEqual({
      message: expect.stringContaining(words),
      type: 'invalid_request_error',
      param,
      code: null,
    });
  });

  it('says that a body is no JSON, and that an address leads nowhere', async () => {
    await using t = await createTestV1();

    const broken = await t.post('/v1/chat/completions', null, { body: '{"model":' });
    const nowhere = await t.post('/v1/audio/speech', {});

    expect([broken.status, nowhere.status]).toEqual([400, 404]);
    for (const response of [broken, nowhere]) {
      expect((await response.json()).error).toMatchObject({ type: 'invalid_request_error', param: null });
    }
  });

  it('limits how fast one key asks, and says when to try again', async () => {
    await using t = await createTestV1({ keyRequestsPerMinute: 1 });
    const other = await t.app.apiKeys.create({ userId: t.userId, name: 'other' });
    await t.post('/v1/chat/completions', hi);

    const second = await t.post('/v1/chat/completions', hi);
    const others = await t.post('/v1/chat/completions', hi, { token: other.key });

    expect([second.status, others.status]).toEqual([429, 200]);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await second.json()).error).toMatchObject({ type: 'requests', code: 'rate_limit_exceeded' });
  });

  it('slows down whoever guesses keys, and nobody with one', async () => {
    await using t = await createTestV1({ requestsPerMinute: 2 });
    const guess = () => t.post('/v1/chat/completions', hi, { token: 'pk_guess' });

    const guesses = [await guess(), await guess(), await guess()];

    expect(guesses.map(({ status }) => status)).toEqual([401, 401, 429]);
    expect((await t.post('/v1/chat/completions', hi)).status).toBe(200);
  });

  it("lets allowed websites send the headers of OpenAI's client", async () => {
    await using t = await createTestV1();
    const preflight = (origin: string) =>
      fetch(`${t.url}/v1/chat/completions`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type,x-stainless-os',
        },
      });

    const allowed = await preflight('https://parley.example');

    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-headers')).toBe('authorization,content-type,x-stainless-os');
    expect((await preflight('https://evil.example')).status).toBe(403);
  });

  it('gives each answer an id, also a refusal', async () => {
    await using t = await createTestV1();

    const answered = await t.post('/v1/chat/completions', hi);
    const refused = await t.post('/v1/chat/completions', {});

    for (const response of [answered, refused]) expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
  });

  it('leaves neither keys nor what was said in the logs', async () => {
    await using t = await createTestV1();
    await t.post('/v1/chat/completions', { ...hi, messages: [{ role: 'user', content: 'a-secret-question' }] });
    await t.post('/v1/chat/completions', { ...hi, stop: 'a-secret-question' });
    await t.post('/v1/embeddings', { model: 'parley', input: 'a-secret-question' });

    const logs = JSON.stringify(t.logger.lines.map(({ fields, message }) => ({ ...fields, message })));

    expect(logs).not.toContain(t.key.slice(0, 9));
    expect(logs).not.toContain('a-secret-question');
  });
});

describe('POST /v1/embeddings', () => {
  const input = ['Ships sail.', 'Trains run.'];

  it('gives the same vectors as base64, which the package reads, and as numbers', async () => {
    await using t = await createTestV1();

    const asBase64 = await clientOf(t).embeddings.create({ model: 'parley', input });
    const asNumbers = await clientOf(t).embeddings.create({ model: 'parley', input, encoding_format: 'float' });

    expect(asBase64).toMatchObject({ object: 'list', model: 'hashing', usage: { prompt_tokens: 7, total_tokens: 7 } });
    expect(asBase64.data.map(({ index, object }) => [index, object])).toEqual([
      [0, 'embedding'],
      [1, 'embedding'],
    ]);
    expect(asNumbers.data.map(({ embedding }) => embedding)).toEqual(
      asBase64.data.map(({ embedding }) => [...embedding]),
    );
    expect(asNumbers.data[0]?.embedding).toHaveLength(64);
  });

  it('takes one text, and text as tokens', async () => {
    await using t = await createTestV1();

    await clientOf(t).embeddings.create({ model: 'text-embedding-3-small', input: 'hello world' });
    await clientOf(t).embeddings.create({ model: 'hashing', input: [15339, 1917] });
    await clientOf(t).embeddings.create({ model: 'auto', input: [[15339], [1917]] });

    expect(t.embedder.embedded).toEqual(['hello world', 'hello world', 'hello', ' world']);
  });

  it('shortens vectors to unit length', async () => {
    await using t = await createTestV1();

    const { data } = await clientOf(t).embeddings.create({ model: 'parley', input: input[0]!, dimensions: 60 });

    expect(data[0]?.embedding).toHaveLength(60);
    expect(Math.hypot(...data[0]!.embedding)).toBeCloseTo(1, 5);
  });

  it.each([
    ['dimensions', { model: 'parley', input: 'a', dimensions: 65 }, 400],
    ['input', { model: 'parley', input: '' }, 400],
    ['input', { model: 'parley', input: [] }, 400],
    ['input', { model: 'parley', input: [999_999_999] }, 400],
    ['input', { model: 'parley' }, 400],
    ['model', { model: 'e5-large', input: 'a' }, 404],
  ])('refuses a wrong %s: %j', async (param, body, status) => {
    await using t = await createTestV1();

    const response = await t.post('/v1/embeddings', body);

    expect(response.status).toBe(status);
    expect((await response.json()).error).toMatchObject({ param, type: 'invalid_request_error' });
  });

  it('says when the model cannot be reached', async () => {
    await using t = await createTestV1();
    t.embedder.isDown = true;

    await expect(clientOf(t).embeddings.create({ model: 'parley', input })).rejects.toMatchObject({ status: 503 });
  });
});
