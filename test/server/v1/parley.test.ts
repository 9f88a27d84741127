import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { retrievalOf } from '../../support/test-app.ts';
import { createTestV1 } from '../../support/test-v1.ts';

type TestV1 = Awaited<ReturnType<typeof createTestV1>>;

const clientOf = ({ baseUrl, key }: TestV1, apiKey = key) => new OpenAI({ baseURL: baseUrl, apiKey, maxRetries: 0 });
const guide = retrievalOf([{ title: 'Guide', url: 'https://example.com/guide#port', text: 'The port is 3000.' }]);
async function readAll<Part>(stream: AsyncIterable<Part>): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

const ask = (content: string) => ({ model: 'parley', messages: [{ role: 'user' as const, content }] });

describe('the model parley, for the openai package', () => {
  it('answers from the documents, with its sources as citations', async () => {
    await using t = await createTestV1({ retrieval: guide });
    t.upstream.answerWith('The port is 3000 [1].');

    const completion = await clientOf(t).chat.completions.create(ask('Which port?'));

    expect(completion).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'parley',
      usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
      sources: [{ n: 1, title: 'Guide', url: 'https://example.com/guide#port' }],
    });
    expect(completion.choices).toEqual([
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'The port is 3000 [1].',
          refusal: null,
          annotations: [
            {
              type: 'url_citation',
              url_citation: { start_index: 17, end_index: 20, url: 'https://example.com/guide#port', title: 'Guide' },
            },
          ],
        },
        logprobs: null,
        finish_reason: 'stop',
      },
    ]);
  });

  it('says when its length limit cut it, streamed and whole', async () => {
    await using t = await createTestV1({ retrieval: guide });
    t.upstream.answerWith('one two three');
    t.upstream.always({ ending: { after: 2, how: 'length' } });
    const client = clientOf(t);

    const whole = await client.chat.completions.create(ask('Which port?'));
    const chunks = await readAll(await client.chat.completions.create({ ...ask('Which port?'), stream: true }));

    expect(whole.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'one two' } });
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('length');
  });

  it('streams, with the usage where it is asked for', async () => {
    await using t = await createTestV1({ retrieval: guide });
    t.upstream.answerWith('The port is 3000 [1].');
    const stream_options = { include_usage: true };

    const chunks = [];
    const stream = await clientOf(t).chat.completions.create({ ...ask('Which port?'), stream: true, stream_options });
    for await (const chunk of stream) chunks.push(chunk);

    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
    expect(text).toBe('The port is 3000 [1].');
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 18 } });
    expect(chunks.find((chunk) => 'sources' in chunk)).toMatchObject({ sources: [{ title: 'Guide' }] });
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  });

  it('has no sources where it cites none, in one piece and at the end of a stream', async () => {
    await using t = await createTestV1({ retrieval: guide });
    t.upstream.answerWith('Nice to meet you!');

    const whole = await clientOf(t).chat.completions.create(ask('Which port?'));
    const chunks = await readAll(await clientOf(t).chat.completions.create({ ...ask('Which port?'), stream: true }));

    expect(whole).toMatchObject({ sources: [] });
    expect(chunks.at(-1)).toMatchObject({ sources: [], choices: [{ finish_reason: 'stop' }] });
    expect(await t.db('messages').where({ role: 'assistant' }).pluck('sources')).toEqual([[], []]);
  });

  it('streams without a usage where none is asked for', async () => {
    await using t = await createTestV1();

    const chunks = [];
    const stream = await clientOf(t).chat.completions.create({ ...ask('Hi'), stream: true });
    for await (const chunk of stream) chunks.push(chunk);

    expect(chunks.every((chunk) => chunk.choices.length === 1 && !('usage' in chunk))).toBe(true);
  });

  it('knows what the caller says was said, and nothing else', async () => {
    await using t = await createTestV1();
    await clientOf(t).chat.completions.create(ask('Something else entirely'));

    await clientOf(t).chat.completions.create({
      model: 'parley',
      messages: [
        { role: 'system', content: 'Talk like a pirate.' },
        { role: 'user', content: 'I am Ada.' },
        { role: 'assistant', content: 'Ahoy, Ada!' },
        { role: 'user', content: 'Who' },
        { role: 'user', content: [{ type: 'text', text: 'am I?' }] },
      ],
      max_tokens: 50,
    });

    const sent = t.upstream.requests.at(-1)!;
    expect(sent.max_tokens).toBe(50);
    expect(sent.messages[0]?.content).toContain('Talk like a pirate.');
    expect(sent.messages.slice(1)).toEqual([
      { role: 'user', content: 'I am Ada.' },
      { role: 'assistant', content: 'Ahoy, Ada!' },
      { role: 'user', content: 'am I?' },
    ]);
    expect(JSON.stringify(sent)).not.toContain('Something else');
  });

  it('sees images', async () => {
    await using t = await createTestV1();
    const url = 'data:image/png;base64,iVBORw0KGgo=';
    const content = [
      { type: 'text' as const, text: 'What is this?' },
      { type: 'image_url' as const, image_url: { url } },
    ];

    await clientOf(t).chat.completions.create({ model: 'parley', messages: [{ role: 'user', content }] });

    expect(t.upstream.requests[0]?.messages.at(-1)?.content).toEqual(content);
  });

  it('stops the model when the caller goes', async () => {
    await using t = await createTestV1();
    const paused = Promise.withResolvers<void>();
    t.upstream.answerWith('One two three.');
    t.upstream.next({ pauses: [{ after: 1, until: paused.promise }] });

    const stream = await clientOf(t).chat.completions.create({ ...ask('Count'), stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;

    await expect.poll(() => t.upstream.aborted).toBe(1);
    paused.resolve();
    const answers = () => t.db('messages').where({ role: 'assistant' }).select('status', 'content');
    await expect.poll(answers).toEqual([{ status: 'interrupted', content: 'One' }]);
  });

  it('keeps each question as a session of its own, which is not among the chats', async () => {
    await using t = await createTestV1();
    await Promise.all([1, 2, 3].map((n) => clientOf(t).chat.completions.create(ask(`Question ${n}`))));
    const list = async (query: string) =>
      (await (await fetch(`${t.url}/api/sessions${query}`, { headers: { authorization: `Bearer ${t.key}` } })).json())
        .items;

    expect(await list('')).toEqual([]);
    expect(await list('?platform=api')).toHaveLength(3);
    expect(await t.db('turns').whereNotNull('given_history')).toEqual([]);
    expect((await t.db('turns').first()).place).toMatchObject({ apiKey: { id: t.apiKey.id, isCapped: false } });
  });

  it.each([
    ['tools', { tools: [{ type: 'function', function: { name: 'f' } }] }],
    ['n', { n: 2 }],
    ['stop', { stop: 'END' }],
    ['response_format', { response_format: { type: 'json_object' } }],
  ])('refuses %s, which it would have to ignore', async (param, more) => {
    await using t = await createTestV1();

    const refused = clientOf(t).chat.completions.create({ ...ask('Hi'), ...more } as never);

    await expect(refused).rejects.toMatchObject({ status: 400, type: 'invalid_request_error', param, code: null });
    expect(t.upstream.requests).toEqual([]);
  });

  it('ignores what does no harm', async () => {
    await using t = await createTestV1();

    const more = { temperature: 0.2, top_p: 1, seed: 4, user: 'u', tools: [], n: 1, stop: null };
    const completion = await clientOf(t).chat.completions.create({ ...ask('Hi'), ...more });

    expect(completion.choices[0]?.message.content).toBe('You said: Hi');
  });
});

describe('the model parley, for the AI SDK', () => {
  const providerOf = ({ baseUrl, key }: TestV1) =>
    createOpenAICompatible({ name: 'parley', baseURL: baseUrl, apiKey: key, includeUsage: true });
  const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hi' }] }];

  it('answers', async () => {
    await using t = await createTestV1();

    const { content, finishReason, usage } = await providerOf(t).chatModel('parley').doGenerate({ prompt });

    expect(content).toEqual([expect.objectContaining({ type: 'text', text: 'You said: Hi' })]);
    expect(finishReason).toMatchObject({ unified: 'stop' });
    expect(usage).toMatchObject({ inputTokens: { total: 11 }, outputTokens: { total: 7 } });
  });

  it('streams', async () => {
    await using t = await createTestV1();

    const { stream } = await providerOf(t).chatModel('parley').doStream({ prompt });
    const parts = await readAll(stream);

    expect(parts.map((part) => (part.type === 'text-delta' ? part.delta : '')).join('')).toBe('You said: Hi');
    expect(parts.at(-1)).toMatchObject({ type: 'finish', usage: { outputTokens: { total: 7 } } });
  });

  it('embeds', async () => {
    await using t = await createTestV1();

    const { embeddings } = await providerOf(t)
      .embeddingModel('parley')
      .doEmbed({ values: ['one', 'two'] });

    expect(embeddings.map((vector) => vector.length)).toEqual([64, 64]);
  });
});

describe('the model parley, when something is wrong', () => {
  it('says in the middle of a stream that the answer broke off', async () => {
    await using t = await createTestV1();
    t.upstream.answerWith('One two three.');
    t.upstream.next({ ending: { after: 2, how: 'cut' } });

    const stream = await clientOf(t).chat.completions.create({ ...ask('Count'), stream: true });
    const reading = readAll(stream);

    await expect(reading).rejects.toMatchObject({ code: 'model_interrupted', type: 'server_error' });
  });

  it('passes on that the model is busy, and for how long', async () => {
    await using t = await createTestV1();
    t.upstream.next({ status: 429, headers: { 'retry-after': '17' } });

    const response = await t.post('/v1/chat/completions', ask('Hi'));

    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('17');
    expect((await response.json()).error).toMatchObject({ type: 'requests', code: 'rate_limit_exceeded' });
  });
});

describe('POST /api/query', () => {
  it('answers one question with who wrote it, its sources and what it took', async () => {
    await using t = await createTestV1({ retrieval: guide });
    t.upstream.answerWith('3000 [1].');

    const response = await t.post('/api/query', { query: 'Which port?' });

    expect(await response.json()).toEqual({
      model: 'fake',
      answer: '3000 [1].',
      sources: [expect.objectContaining({ n: 1, title: 'Guide' })],
      usage: { input_tokens: 11, output_tokens: 7 },
      cost_micros: 18,
      cost_cents: 0.0018,
    });
  });

  it('says what is wrong with a question', async () => {
    await using t = await createTestV1();

    const response = await t.post('/api/query', { query: ' ' });

    expect(response.status).toBe(400);
    expect((await response.json()).error.message).toContain('query must have 1 to 4000 characters');
  });
});
