import { describe, expect, it } from 'vitest';
import { createOpenAiModel, type OpenAiModelOptions } from '../../../core/adapters/openai-model.ts';
import type { AppError } from '../../../core/errors.ts';
import type { ChatModel, ModelRequest } from '../../../core/ports/chat-model.ts';
import { startFakeModelServer } from '../../support/fake-model-server.ts';
import { findFreePort } from '../../support/free-port.ts';
import { modelLimits } from '../../support/model-limits.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { never } from '../../support/test-turns.ts';

const request: ModelRequest = {
  system: 'Be brief.',
  messages: [{ role: 'user', content: 'How are you?' }],
  passages: [],
  maxOutputTokens: 50,
};

function createModel(baseUrl: string, more: Partial<OpenAiModelOptions> = {}): ChatModel {
  return createOpenAiModel({
    ...modelLimits,
    baseUrl,
    apiKey: 'sk-test',
    model: 'fake',
    maxOutputTokens: 500,
    random: () => 0,
    logger: createSilentLogger(),
    ...more,
  });
}

/** The whole text, or what came before the failure, with the failure. */
async function read(model: ChatModel, options: { request?: ModelRequest; signal?: AbortSignal } = {}) {
  let text = '';
  try {
    for await (const event of model.stream(options.request ?? request, { signal: options.signal ?? never })) {
      if (event.type === 'delta') text += event.text;
      else return { text, finish: event };
    }
  } catch (error) {
    return { text, error };
  }
  return { text };
}

describe('an OpenAI-compatible model', () => {
  it('streams the answer and reports what the server says it cost', async () => {
    await using server = await startFakeModelServer();
    server.answerWith('Fine, thank you.');

    const result = await read(createModel(server.url));

    expect(result).toEqual({
      text: 'Fine, thank you.',
      finish: { type: 'finish', reason: 'stop', model: 'fake', usage: { inputTokens: 11, outputTokens: 7 } },
    });
    expect(server.requests[0]).toMatchObject({
      model: 'fake',
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 50,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'How are you?' },
      ],
    });
  });

  it('calls the limit what the server calls it, and the model what the place wants', async () => {
    await using server = await startFakeModelServer();

    await read(createModel(server.url, { maxTokensParameter: 'max_completion_tokens' }), {
      request: { ...request, model: 'another' },
    });

    expect(server.requests[0]).toMatchObject({ model: 'another', max_completion_tokens: 50 });
    expect(server.requests[0]).not.toHaveProperty('max_tokens');
  });

  it('sends images by their address', async () => {
    await using server = await startFakeModelServer();
    const imageUrls = ['https://example.com/cat.png'];

    await read(createModel(server.url), {
      request: { ...request, messages: [{ role: 'user', content: 'What is this?', imageUrls }] },
    });

    expect(server.requests[0]?.messages.at(-1)?.content).toEqual([
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } },
    ]);
  });

  it('counts the tokens itself when the server does not', async () => {
    await using server = await startFakeModelServer();
    server.answerWith('Four words are these');
    server.next({ usage: false });

    const { finish } = await read(createModel(server.url));

    expect(finish?.usage).toEqual({ inputTokens: 7, outputTokens: 4 });
  });
});

/** A frame of a streamed completion, as a server writes it. */
const frame = (chunk: object) =>
  `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: 'fake', ...chunk })}\n\n`;
const piece = (delta: object, finish_reason: string | null = null) =>
  frame({ choices: [{ index: 0, delta, finish_reason }] });

describe('a server with ways of its own', () => {
  it('shows each piece as it comes', async () => {
    await using server = await startFakeModelServer();
    server.answerWith('one two');
    const rest = Promise.withResolvers<void>();
    server.next({ pauses: [{ after: 1, until: rest.promise }] });

    const events = createModel(server.url).stream(request, { signal: never })[Symbol.asyncIterator]();

    expect(await events.next()).toEqual({ done: false, value: { type: 'delta', text: 'one' } });
    rest.resolve();
    expect(await events.next()).toEqual({ done: false, value: { type: 'delta', text: ' two' } });
    await events.return?.();
  });

  it.each([
    [
      'leaves the connection open after the end',
      `${piece({ content: 'Hi' })}${piece({}, 'stop')}data: [DONE]\n\n`,
      'stay_open',
    ],
    ['is cut after the reason to finish', `${piece({ content: 'Hi' })}${piece({}, 'stop')}`, 'cut'],
    ['falls silent after the reason to finish', `${piece({ content: 'Hi' })}${piece({}, 'stop')}`, 'stay_open'],
    ['ends without the last empty line', `${piece({ content: 'Hi' })}${piece({}, 'stop').trimEnd()}`, 'whole'],
    [
      'says it with carriage returns and comments',
      `: wait\r\n\r\n${piece({ content: 'Hi' }).replaceAll('\n', '\r\n')}${piece({}, 'stop')}`,
      'whole',
    ],
    ['puts the reason beside the last words', piece({ content: 'Hi' }, 'stop'), 'whole'],
    [
      'reports usage without figures',
      `${piece({ content: 'Hi' }, 'stop')}${frame({ choices: [], usage: {} })}`,
      'whole',
    ],
    [
      'reports null as usage',
      frame({ choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'stop' }], usage: null }),
      'whole',
    ],
  ] as const)('takes the answer as complete when the server %s', async (_name, frames, ends) => {
    await using server = await startFakeModelServer();
    server.next({ raw: { frames, ends } });

    const { text, finish, error } = await read(createModel(server.url, { idleTimeoutMs: 2000 }));

    expect(error).toBeUndefined();
    expect(text).toBe('Hi');
    expect(finish).toMatchObject({ reason: 'stop', usage: { inputTokens: 7, outputTokens: 1 } });
  });

  it.each([
    ['stream_options', 'Unrecognized request argument supplied: stream_options'],
    ['stream_options', 'stream_options: Extra inputs are not permitted'],
  ])('does without %s where the server refuses it, from then on', async (_name, message) => {
    await using server = await startFakeModelServer();
    server.answerWith('Fine');
    server.next({ status: 400, errorBody: { error: { message } } });
    const model = createModel(server.url);

    const first = await read(model);
    await read(model);

    expect(first).toMatchObject({ text: 'Fine', finish: { usage: { inputTokens: 7, outputTokens: 1 } } });
    expect(server.requests.map((sent) => 'stream_options' in sent)).toEqual([true, false, false]);
  });

  it('calls the limit by its other name where the server refuses the first, from then on', async () => {
    await using server = await startFakeModelServer();
    const message =
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    server.next({ status: 400, errorBody: { error: { message, param: 'max_tokens', code: 'unsupported_parameter' } } });
    const model = createModel(server.url);

    await read(model);
    await read(model);

    expect(server.requests.map((sent) => [sent.max_tokens, sent.max_completion_tokens])).toEqual([
      [50, undefined],
      [undefined, 50],
      [undefined, 50],
    ]);
  });

  it('tells what part of the input was remembered, and put away to be, because it costs another price', async () => {
    await using server = await startFakeModelServer();
    const usage = {
      prompt_tokens: 2000,
      completion_tokens: 3,
      prompt_tokens_details: { cached_tokens: 1024, cache_write_tokens: 512 },
    };
    server.next({
      raw: { frames: `${piece({ content: 'Hi' })}${piece({}, 'stop')}${frame({ choices: [], usage })}`, ends: 'whole' },
    });

    expect((await read(createModel(server.url))).finish).toMatchObject({
      usage: { inputTokens: 2000, outputTokens: 3, cachedInputTokens: 1024, cacheWriteTokens: 512 },
    });
  });

  it('takes a refusal in its own field for one', async () => {
    await using server = await startFakeModelServer();
    server.next({
      raw: { frames: `${piece({ refusal: 'I cannot help with that.' })}${piece({}, 'stop')}`, ends: 'whole' },
    });

    expect((await read(createModel(server.url))).error).toMatchObject({ code: 'model_refused' });
  });

  it('says that the limit was too low when it was used up before the first word', async () => {
    await using server = await startFakeModelServer();
    server.next({ raw: { frames: `${piece({ reasoning_content: 'Hmm' })}${piece({}, 'length')}`, ends: 'whole' } });

    const { error } = await read(createModel(server.url));

    expect(error).toMatchObject({ code: 'model_interrupted', message: expect.stringContaining('thinking') });
    expect(server.requests).toHaveLength(1);
  });
});

describe('before the first token', () => {
  it.each([
    ['a wrong key', { status: 401 }, 'model_key_invalid'],
    [
      'an unknown model',
      { status: 404, errorBody: { error: { message: 'no', code: 'model_not_found' } } },
      'model_not_found',
    ],
    [
      'a context overflow',
      { status: 400, errorBody: { error: { message: 'too long', code: 'context_length_exceeded' } } },
      'model_context_overflow',
    ],
    [
      'a context overflow of a server without codes',
      { status: 400, errorBody: { error: { message: "This model's maximum context length is 4096 tokens" } } },
      'model_context_overflow',
    ],
    [
      'a spent budget',
      { status: 429, errorBody: { error: { message: 'pay first', code: 'insufficient_quota' } } },
      'model_key_invalid',
    ],
    ['a spent budget of another kind', { status: 402 }, 'model_key_invalid'],
    [
      'an overflow reported in the stream',
      {
        raw: {
          frames: frame({ error: { message: 'too long', code: 'context_length_exceeded' } }),
          ends: 'whole' as const,
        },
      },
      'model_context_overflow',
    ],
    ['a request it does not like', { status: 422 }, 'model_refused'],
  ])('gives %s its own code and does not try again', async (_name, behaviour, code) => {
    await using server = await startFakeModelServer();
    server.next(behaviour);

    const { error } = await read(createModel(server.url));

    expect(error).toMatchObject({ code });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['is busy', { status: 429, headers: { 'retry-after': '0' } }],
    ['has trouble', { status: 503 }],
    ['took too long', { status: 408 }],
    ['reports trouble in the stream', { ending: { after: 0, how: 'error_chunk' as const } }],
    ['ends before it has begun', { ending: { after: 0, how: 'no_finish' as const } }],
    ['drops the connection', { ending: { after: 0, how: 'cut' as const } }],
  ])('tries again when the server %s, and the asker notices nothing', async (_name, behaviour) => {
    await using server = await startFakeModelServer();
    server.answerWith('At last');
    server.next(behaviour);

    const { text, error } = await read(createModel(server.url));

    expect({ text, error }).toEqual({ text: 'At last', error: undefined });
    expect(server.requests).toHaveLength(2);
  });

  it('gives up in the end, with the time to wait that the server named', async () => {
    await using server = await startFakeModelServer();
    for (let n = 0; n < 3; n += 1) server.next({ status: 429, headers: { 'retry-after': '0' } });

    const { error } = await read(createModel(server.url, { maxRetries: 2 }));

    expect(error).toMatchObject({ code: 'model_rate_limited', retryAfterSeconds: 0 });
    expect(server.requests).toHaveLength(3);
  });

  it('does not keep anybody waiting as long as a server wants it to', async () => {
    await using server = await startFakeModelServer();
    server.next({ status: 429, headers: { 'retry-after': '60' } });

    const { error } = await read(createModel(server.url));

    expect(error).toMatchObject({ code: 'model_rate_limited', retryAfterSeconds: 60 });
  });

  it('understands a date as the time to wait', async () => {
    await using server = await startFakeModelServer();
    server.next({ status: 429, headers: { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() } });

    const { error } = await read(createModel(server.url));

    const { retryAfterSeconds } = error as AppError;
    expect(retryAfterSeconds).toBeGreaterThan(3500);
    expect(retryAfterSeconds).toBeLessThanOrEqual(3600);
  });

  it('waits between two tries for longer than a silence may last', async () => {
    await using server = await startFakeModelServer();
    server.answerWith('At last');
    server.next({ status: 429, headers: { 'retry-after': '3' } });

    const { text } = await read(createModel(server.url, { idleTimeoutMs: 2000 }));

    expect(text).toBe('At last');
  });

  it('stops waiting for another try when nobody wants the answer any more', async () => {
    await using server = await startFakeModelServer();
    server.next({ status: 429, headers: { 'retry-after': '5' } });
    const leaving = new AbortController();
    const logger = createSilentLogger();

    const reading = read(createModel(server.url, { logger }), { signal: leaving.signal });
    await expect.poll(() => logger.lines.length).toBe(1);
    leaving.abort(new Error('left'));

    expect((await reading).error).toMatchObject({ message: 'left' });
  });

  it('says that a server that is not there cannot be reached', async () => {
    const { error } = await read(createModel(`http://127.0.0.1:${await findFreePort()}/v1`, { maxRetries: 0 }));

    expect(error).toMatchObject({ code: 'model_unavailable' });
  });

  it('gives up a server that says nothing', async () => {
    await using server = await startFakeModelServer();
    server.holdNext();

    const { error } = await read(createModel(server.url, { idleTimeoutMs: 100 }));

    expect(error).toMatchObject({ code: 'model_timeout' });
  });
});

describe('after the first token', () => {
  it.each([
    ['is cut', 'cut'],
    ['falls silent', 'stall'],
    ['ends without a reason', 'no_finish'],
    ['sends an error', 'error_chunk'],
    ['sends nonsense', 'bad_json'],
  ] as const)('keeps what came and does not start over when the stream %s', async (_name, how) => {
    await using server = await startFakeModelServer();
    server.answerWith('one two three four');
    server.next({ ending: { after: 2, how } });

    const { text, error } = await read(createModel(server.url, { idleTimeoutMs: 2000 }));

    expect(text).toBe('one two');
    expect(error).toMatchObject({ code: 'model_interrupted' });
    expect(server.requests).toHaveLength(1);
  });

  it('ends an answer that goes on for too long', async () => {
    await using server = await startFakeModelServer();
    server.answerWith('one two three');
    server.next({ ending: { after: 1, how: 'stall' } });

    const { error } = await read(createModel(server.url, { totalTimeoutMs: 2000 }));

    expect(error).toMatchObject({ code: 'model_interrupted' });
  });

  it('says that the model declined', async () => {
    await using server = await startFakeModelServer();
    server.next({ ending: { after: 1, how: 'content_filter' } });

    const { error } = await read(createModel(server.url));

    expect(error).toMatchObject({ code: 'model_refused' });
  });

  it('stops the server when nobody wants the answer any more', async () => {
    await using server = await startFakeModelServer();
    server.next({ ending: { after: 1, how: 'stall' } });
    const leaving = new AbortController();

    const reading = read(createModel(server.url), { signal: leaving.signal });
    await expect.poll(() => server.requests.length).toBe(1);
    leaving.abort(new Error('left'));

    expect((await reading).error).toMatchObject({ message: 'left' });
    await expect.poll(() => server.aborted).toBe(1);
  });
});

it('stops the server when the reader leaves the loop', async () => {
  await using server = await startFakeModelServer();
  server.answerWith('one two three');
  server.next({ ending: { after: 2, how: 'stall' } });

  for await (const event of createModel(server.url).stream(request, { signal: never })) {
    if (event.type === 'delta') break;
  }

  await expect.poll(() => server.aborted).toBe(1);
});

describe('checking the model', () => {
  it('accepts one that the server lists, and names one that it does not', async () => {
    await using server = await startFakeModelServer();

    await createModel(server.url).check();
    const checking = createModel(server.url, { model: 'missing' }).check();

    await expect(checking).rejects.toMatchObject({
      code: 'model_not_found',
      message: expect.stringContaining('missing'),
    });
    expect(server.requests).toHaveLength(0);
  });
});
