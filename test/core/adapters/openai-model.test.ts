import { describe, expect, it } from 'vitest';
import type { AppError } from '../../../core/errors.ts';
import { frame, startFakeModelServer } from '../../support/fake-model-server.ts';
import { findFreePort } from '../../support/free-port.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createModel, read, request } from '../../support/test-openai-model.ts';
import { never } from '../../support/test-turns.ts';

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
