import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { startFakeModelServer } from '../../support/fake-model-server.ts';
import { createTestV1 } from '../../support/test-v1.ts';

type TestV1 = Awaited<ReturnType<typeof createTestV1>>;

const clientOf = ({ baseUrl, key }: TestV1, apiKey = key) => new OpenAI({ baseURL: baseUrl, apiKey, maxRetries: 0 });
const ask = (content: string) => ({ model: 'fake', messages: [{ role: 'user' as const, content }] });
const tools = [
  {
    type: 'function' as const,
    function: { name: 'weather', description: 'The weather', parameters: { type: 'object', properties: {} } },
  },
];
const toolCall = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Ulm"}' } };

const piece = (content: string) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'fake', choices: [{ index: 0, delta: { role: 'assistant', content } }] })}\n\n`;

async function readAll<Part>(stream: AsyncIterable<Part>): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

describe('a model of the catalogue at /v1', () => {
  it('gives what its server gives, in one piece', async () => {
    await using t = await createTestV1();

    const answer = await clientOf(t).chat.completions.create({ ...ask('Hi'), temperature: 0.3, seed: 7 });

    expect(answer).toMatchObject({ id: 'chatcmpl-fake', model: 'fake', usage: { total_tokens: 18 } });
    expect(answer.choices[0]?.message.content).toBe('You said: Hi');
    expect(t.upstream.requests).toEqual([{ ...ask('Hi'), temperature: 0.3, seed: 7 }]);
  });

  it('streams, and keeps the usage from who did not ask for it', async () => {
    await using t = await createTestV1();

    const chunks = await readAll(await clientOf(t).chat.completions.create({ ...ask('Hi there'), stream: true }));

    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('You said: Hi there');
    expect(chunks.every((chunk) => chunk.choices.length === 1 && !chunk.usage)).toBe(true);
    expect(t.upstream.requests[0]?.stream_options).toEqual({ include_usage: true });
    await expect
      .poll(() => t.db('usage_records').select('model', 'input_tokens', 'output_tokens', 'api_key_id', 'platform'))
      .toEqual([{ model: 'fake', input_tokens: 11, output_tokens: 7, api_key_id: t.apiKey.id, platform: 'api' }]);
  });

  it('gives an answer that ends with [DONE] alone a reason, which clients wait for', async () => {
    await using t = await createTestV1();
    const frames = `${piece('One ')}${piece('two')}data: {"choices":[],"usage":{"prompt_tokens":20,"completion_tokens":5}}\n\ndata: [DONE]\n\n`;
    t.upstream.next({ raw: { frames, ends: 'stay_open' } });

    const answer = await clientOf(t).chat.completions.stream(ask('Count')).finalChatCompletion();

    expect(answer.choices[0]).toMatchObject({ message: { content: 'One two' }, finish_reason: 'stop' });
    await expect
      .poll(() => t.db('usage_records').select('input_tokens', 'output_tokens'))
      .toEqual([{ input_tokens: 20, output_tokens: 5 }]);
  });

  it('gives the usage to who asks for it', async () => {
    await using t = await createTestV1();
    const stream_options = { include_usage: true };

    const stream = await clientOf(t).chat.completions.create({ ...ask('Hi'), stream: true, stream_options });

    expect((await readAll(stream)).at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 18 } });
  });

  it('is called by the name its server knows', async () => {
    await using t = await createTestV1({ rows: ['nice-name,its/real:name,OPENAI_BASE_URL,1,1,32000,1000,yes,50'] });

    await clientOf(t).chat.completions.create({ ...ask('Hi'), model: 'nice-name' });

    expect(t.upstream.requests[0]?.model).toBe('its/real:name');
    const { data } = await clientOf(t).models.list();
    expect(data.map(({ id }) => id)).toEqual(['parley', 'auto', 'fake', 'nice-name']);
  });

  it('has its tools called, and is told what came of it', async () => {
    await using t = await createTestV1();
    const message = { role: 'assistant', content: null, tool_calls: [toolCall] };
    const choices = [{ index: 0, message, finish_reason: 'tool_calls' }];
    t.upstream.next({ whole: { id: 'c', object: 'chat.completion', created: 1, model: 'fake', choices } });

    const first = await clientOf(t).chat.completions.create({ ...ask('Weather?'), tools, tool_choice: 'required' });
    const messages = [
      ...ask('Weather?').messages,
      first.choices[0]!.message,
      { role: 'tool' as const, tool_call_id: 'call_1', content: 'Rain' },
    ];
    const second = await clientOf(t).chat.completions.create({ model: 'fake', messages, tools });

    expect(first.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { tool_calls: [toolCall] } });
    expect(t.upstream.requests[0]).toMatchObject({ tools, tool_choice: 'required' });
    expect(t.upstream.requests[1]?.messages).toMatchObject(messages);
    expect(second.choices[0]?.message.content).toBe('You said: Rain');
  });

  it('streams tools, for the AI SDK too', async () => {
    await using t = await createTestV1();
    const chunk = (choice: object) =>
      `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'fake', choices: [{ index: 0, ...choice }] })}\n\n`;
    const frames =
      chunk({ delta: { role: 'assistant', tool_calls: [{ index: 0, ...toolCall }] }, finish_reason: null }) +
      chunk({ delta: {}, finish_reason: 'tool_calls' });
    t.upstream.next({ raw: { frames: `${frames}data: [DONE]\n\n`, ends: 'whole' } });
    const provider = createOpenAICompatible({ name: 'parley', baseURL: t.baseUrl, apiKey: t.key });

    const { stream } = await provider.chatModel('fake').doStream({
      prompt: [{ role: 'user', content: [{ type: 'text', text: 'Weather?' }] }],
      tools: [{ type: 'function', name: 'weather', inputSchema: { type: 'object', properties: {} } }],
    });

    expect(await readAll(stream)).toContainEqual(
      expect.objectContaining({ type: 'tool-call', toolName: 'weather', input: '{"city":"Ulm"}' }),
    );
  });

  it('sees images and is told the form of its answer', async () => {
    await using t = await createTestV1();
    const request = {
      model: 'fake',
      messages: [
        {
          role: 'user' as const,
          content: [
            { type: 'text' as const, text: 'What is this?' },
            {
              type: 'image_url' as const,
              image_url: { url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' as const },
            },
          ],
        },
      ],
      response_format: { type: 'json_object' as const },
      n: 1,
      stop: ['END'],
    };

    await clientOf(t).chat.completions.create(request);

    expect(t.upstream.requests).toEqual([request]);
  });

  it('leaves nothing of what is said in the database', async () => {
    await using t = await createTestV1();
    await clientOf(t).chat.completions.create(ask('a-secret-question'));

    const stored = JSON.stringify([await t.db('messages'), await t.db('turns'), await t.db('usage_records')]);

    expect(stored).not.toContain('secret');
    expect(JSON.stringify(t.logger.lines)).not.toContain('secret');
  });

  it('stops when the caller goes, and records what was delivered', async () => {
    await using t = await createTestV1();
    t.upstream.answerWith('One two three four.');
    const paused = Promise.withResolvers<void>();
    t.upstream.next({ pauses: [{ after: 2, until: paused.promise }] });

    const stream = await clientOf(t).chat.completions.create({ ...ask('Count'), stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content?.includes('two')) break;

    await expect.poll(() => t.upstream.aborted).toBe(1);
    paused.resolve();
    await expect.poll(() => t.db('usage_records').pluck('output_tokens')).toEqual([2]);
  });
});

describe('a model of the catalogue at /v1, when something is wrong', () => {
  it('says what its server found wrong with the request, in its words', async () => {
    await using t = await createTestV1();
    const error = { message: 'No such tool.', type: 'invalid_request_error', param: 'tools.0', code: 'bad_tool' };
    t.upstream.next({ status: 400, errorBody: { error } });

    const refused = clientOf(t).chat.completions.create(ask('Hi'));

    await expect(refused).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    await expect(refused).rejects.toMatchObject({ status: 400, error });
  });

  it('asks a server once only for the usage that it does not want to be asked for', async () => {
    await using t = await createTestV1();
    const detail = [
      { type: 'extra_forbidden', loc: ['body', 'stream_options'], msg: 'Extra inputs are not permitted' },
    ];
    t.upstream.next({ status: 422, errorBody: { detail } });
    const askTwice = async () => [
      await readAll(await clientOf(t).chat.completions.create({ ...ask('Hi'), stream: true })),
      await readAll(await clientOf(t).chat.completions.create({ ...ask('Hi'), stream: true })),
    ];

    const answers = await askTwice();

    for (const chunks of answers) {
      expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('You said: Hi');
    }
    expect(t.upstream.requests.map(({ stream_options }) => stream_options)).toEqual([
      { include_usage: true },
      undefined,
      undefined,
    ]);
    await expect.poll(() => t.db('usage_records').pluck('output_tokens')).toEqual([4, 4]);
  });

  it('keeps what is between the operator and the server to itself', async () => {
    await using t = await createTestV1();
    const error = { message: 'Incorrect API key provided: operators-key', code: 'invalid_api_key' };
    t.upstream.next({ status: 401, errorBody: { error } });

    const response = await t.post('/v1/chat/completions', ask('Hi'));

    expect(response.status).toBe(502);
    const text = await response.text();
    expect(text).not.toContain('operators-key');
    expect(JSON.parse(text).error).toMatchObject({ type: 'server_error', code: 'model_key_invalid' });
  });

  it('passes on that the server is busy, and for how long', async () => {
    await using t = await createTestV1();
    t.upstream.next({ status: 429, headers: { 'retry-after': '9' } });

    const response = await t.post('/v1/chat/completions', ask('Hi'));

    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '9']);
    expect((await response.json()).error.code).toBe('rate_limit_exceeded');
  });

  it('says in the stream that it broke off, and records what was delivered', async () => {
    await using t = await createTestV1();
    t.upstream.answerWith('One two three four.');
    t.upstream.next({ ending: { after: 3, how: 'cut' } });

    const stream = await clientOf(t).chat.completions.create({ ...ask('Count'), stream: true });

    await expect(readAll(stream)).rejects.toMatchObject({ code: 'model_interrupted' });
    await expect.poll(() => t.db('usage_records').pluck('output_tokens')).toEqual([3]);
  });

  it.each([
    [
      'it reports trouble',
      'data: {"error":{"message":"CUDA at 10.0.0.7 for sk-operator","code":500}}\n\ndata: [DONE]\n\n',
    ],
    ['words come in place of a chunk', 'data: CUDA at 10.0.0.7 for sk-operator\n\ndata: [DONE]\n\n'],
    ['it reports trouble by name', 'event: error\ndata: {"message":"CUDA at 10.0.0.7"}\n\n'],
    ['it ends with neither a reason nor [DONE]', ''],
    ['it ends in the middle of a chunk', 'data: {"choices":[{"del'],
  ])('says in the stream and in our words that it broke off, where %s', async (_, ending) => {
    await using t = await createTestV1();
    const frames = `${piece('One two')}${ending}`;
    t.upstream.next({ raw: { frames, ends: 'whole' } });
    t.upstream.next({ raw: { frames, ends: 'whole' } });

    const stream = await clientOf(t).chat.completions.create({ ...ask('Count'), stream: true });
    const response = await t.post('/v1/chat/completions', { ...ask('Count'), stream: true });

    await expect(readAll(stream)).rejects.toMatchObject({ code: 'model_interrupted' });
    expect(await response.text()).not.toMatch(/CUDA|10\.0\.0\.7|sk-operator/);
  });

  it('answers with its own status what a server reports before it has begun', async () => {
    await using t = await createTestV1();
    const frames = ': OPENROUTER PROCESSING\n\ndata: {"error":{"message":"slow down, 10.0.0.7","code":429}}\n\n';
    t.upstream.next({ raw: { frames, ends: 'stay_open' } });

    const response = await t.post('/v1/chat/completions', { ...ask('Hi'), stream: true });

    expect([response.status, (await response.json()).error.code]).toEqual([429, 'rate_limit_exceeded']);
    await expect.poll(() => t.upstream.aborted).toBe(1);
  });

  it.each([
    [400, [{ error: { code: 400, message: 'API key not valid: operators-key' } }], 'model_key_invalid'],
    [422, { detail: 'The model `its/name` does not exist.' }, 'model_not_found'],
    [400, { detail: "model 'its/name' is not supported" }, 'model_not_found'],
    [
      400,
      { error: { message: 'Your organization must be verified to use the model `its/name`.' } },
      'model_key_invalid',
    ],
  ])('does not tell callers of the operator’s mistakes, with %i %j', async (status, errorBody, code) => {
    await using t = await createTestV1();
    t.upstream.next({ status, errorBody });

    const response = await t.post('/v1/chat/completions', ask('Hi'));
    const text = await response.text();

    expect([response.status, JSON.parse(text).error.code]).toEqual([502, code]);
    expect(text).toContain('cannot answer just now');
    expect(text).not.toMatch(/operators-key|its\/name/);
  });

  it('takes a server that leads elsewhere for one that cannot be reached', async () => {
    await using t = await createTestV1();
    t.upstream.next({ status: 301, headers: { location: 'https://elsewhere.example' } });

    const response = await t.post('/v1/chat/completions', ask('Hi'));

    expect([response.status, (await response.json()).error.code]).toEqual([502, 'model_unavailable']);
  });

  it('gives up a server that falls silent', async () => {
    await using t = await createTestV1({ env: { CHAT_IDLE_SECONDS: '1' } });
    t.upstream.answerWith('One two three four.');
    t.upstream.next({ ending: { after: 1, how: 'stall' } });

    const stream = await clientOf(t).chat.completions.create({ ...ask('Count'), stream: true });

    await expect(readAll(stream)).rejects.toMatchObject({ code: 'model_interrupted' });
  });

  it('takes a trouble that comes with status 200 for none of an answer', async () => {
    await using t = await createTestV1();
    t.upstream.next({ whole: { error: { message: 'Provider returned error', code: 502 } } });

    const response = await t.post('/v1/chat/completions', ask('Hi'));

    expect([response.status, (await response.json()).error.code]).toEqual([502, 'model_unavailable']);
    expect(await t.db('usage_records')).toEqual([]);
  });

  it('says so when nothing comes back', async () => {
    await using t = await createTestV1();
    t.upstream.next({ raw: { frames: '', ends: 'whole' } });

    const response = await t.post('/v1/chat/completions', { ...ask('Hi'), stream: true });

    expect([response.status, (await response.json()).error.code]).toEqual([502, 'model_unavailable']);
  });
});

describe('auto at /v1', () => {
  it('asks the next model when one fails before its first byte', async () => {
    await using other = await startFakeModelServer();
    await using t = await createTestV1({
      rows: [`cheap,cheap,${other.url},0.1,0.1,32000,1000,yes,90`, 'dear,dear,OPENAI_BASE_URL,1,1,32000,1000,yes,90'],
    });
    other.always({ status: 503 });

    const answer = await clientOf(t).chat.completions.create({ ...ask('Hi'), model: 'auto' });

    expect(answer.model).toBe('dear');
    expect(other.requests.map(({ model }) => model)).toEqual(['cheap']);
    expect(await t.db('usage_records').pluck('model')).toEqual(['dear']);
  });

  it('takes the cheapest that is good enough', async () => {
    await using t = await createTestV1({
      rows: [
        'cheap,cheap,OPENAI_BASE_URL,0.1,0.1,32000,1000,yes,90',
        'dear,dear,OPENAI_BASE_URL,1,1,32000,1000,yes,95',
      ],
    });

    expect((await clientOf(t).chat.completions.create({ ...ask('Hi'), model: 'auto' })).model).toBe('cheap');
  });
});
