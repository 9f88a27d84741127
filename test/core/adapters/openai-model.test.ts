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

const told = { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 };
const piece = (content: unknown, more: object = {}) => frame({ choices: [{ index: 0, delta: { content } }], ...more });
const ended = (finish_reason: unknown) => frame({ choices: [{ index: 0, delta: {}, finish_reason }] });
const done = 'data: [DONE]\n\n';

describe('an answer of a server with manners of its own', () => {
  it.each([
    ['ends with [DONE] alone', piece('Hello') + piece(' you') + frame({ choices: [], usage: told }) + done],
    ['tells the usage in its last piece', piece('Hello') + piece(' you', { usage: told }) + done],
    [
      'tells the usage with each piece',
      piece('Hello', { usage: { ...told, completion_tokens: 1 } }) + piece(' you', { usage: told }) + done,
    ],
    ['ends without [DONE], but with a reason', piece('Hello you', { usage: told }) + ended('stop')],
    ['puts spaces round [DONE]', `${piece('Hello you', { usage: told })}data:  [DONE] \n\n`],
    ['leaves the last empty line out', `${piece('Hello you', { usage: told })}data: [DONE]`],
    ['leaves all empty lines out', (piece('Hello') + piece(' you', { usage: told }) + done).replaceAll('\n\n', '\n')],
    ['has no space after data:', (piece('Hello you', { usage: told }) + done).replaceAll('data: ', 'data:')],
    ['ends lines as on Windows', (piece('Hello you', { usage: told }) + done).replaceAll('\n', '\r\n')],
    [
      'sends comments and names of events',
      `: ping\n\nevent: message\nid: 1\n${piece('Hello you', { usage: told })}: ping\n\n${done}`,
    ],
    ['calls its reason eos', piece('Hello you', { usage: told }) + ended('eos')],
    ['calls its reason stop_sequence', piece('Hello you', { usage: told }) + ended('stop_sequence')],
    [
      'has an empty reason until the end',
      frame({ choices: [{ delta: { content: 'Hello' }, finish_reason: '' }] }) +
        frame({ choices: [{ delta: { content: ' you' }, finish_reason: '' }], usage: told }) +
        done,
    ],
    [
      'names its role first',
      frame({ choices: [{ index: 0, delta: { role: 'assistant' } }] }) +
        piece('Hello you') +
        frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: told }),
    ],
    [
      'gives its reason beside no choices',
      piece('Hello you') + frame({ choices: [], finish_reason: 'stop', usage: told }),
    ],
    [
      'sends parts',
      piece([
        { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
        { type: 'text', text: 'Hello' },
      ]) +
        piece([{ type: 'text', text: ' you' }], { usage: told }) +
        done,
    ],
    [
      'thinks aloud beside the answer',
      frame({ choices: [{ delta: { content: null, reasoning: 'Hm.', reasoning_content: 'Hm.' } }] }) +
        piece('Hello you', { usage: told }) +
        done,
    ],
    [
      'thinks aloud in front of the answer',
      piece('\n<th') +
        piece('ink>Hm, <b>') +
        piece('</think>\n\n') +
        piece('Hello') +
        piece(' you', { usage: told }) +
        done,
    ],
    [
      'does not stream',
      JSON.stringify({
        model: 'fake',
        choices: [{ message: { content: 'Hello you' }, finish_reason: 'stop' }],
        usage: told,
      }),
    ],
  ])('is complete with the usage told, where it %s', async (_, frames) => {
    await using server = await startFakeModelServer();
    server.next({ raw: { frames, ends: 'whole' } });

    const { text, error, finish } = await read(createModel(server.url));

    expect({ text, error }).toEqual({ text: 'Hello you', error: undefined });
    expect(finish).toMatchObject({ reason: 'stop', usage: { inputTokens: 20, outputTokens: 5 } });
    expect(server.requests).toHaveLength(1);
  });

  it.each([['<'], ['<thi'], ['So <think> is a tag </think>.']])('keeps %j, which is no thought', async (words) => {
    await using server = await startFakeModelServer();
    server.next({ raw: { frames: piece(words) + done, ends: 'whole' } });

    expect(await read(createModel(server.url))).toMatchObject({ text: words, finish: { reason: 'stop' } });
  });

  it('is complete at [DONE], though the connection stays open', async () => {
    await using server = await startFakeModelServer();
    server.next({ raw: { frames: piece('Hello you') + done, ends: 'stay_open' } });

    expect(await read(createModel(server.url))).toMatchObject({ text: 'Hello you', finish: { reason: 'stop' } });
  });

  it.each([['length'], ['max_tokens'], ['MAX_TOKENS'], ['model_length']])(
    'was cut by its limit with %s',
    async (name) => {
      await using server = await startFakeModelServer();
      server.next({ raw: { frames: piece('Hello you') + ended(name) + done, ends: 'whole' } });

      expect((await read(createModel(server.url))).finish).toMatchObject({ reason: 'length' });
    },
  );

  it.each([
    ['neither a reason nor [DONE]', piece('Hello')],
    ['an empty reason only', frame({ choices: [{ delta: { content: 'Hello' }, finish_reason: '' }] })],
    ['the news that the server gave up', piece('Hello') + ended('abort') + done],
    [
      'an error as text',
      piece('Hello') + frame({ error: 'CUDA out of memory at 10.0.0.7', error_type: 'generation' }) + done,
    ],
    [
      'an error by the name of its event',
      `${piece('Hello')}event: error\ndata: {"message":"CUDA out of memory at 10.0.0.7"}\n\n`,
    ],
    ['an error by the name of its field', `${piece('Hello')}error: {"message":"CUDA out of memory at 10.0.0.7"}\n\n`],
    [
      'an error of its own kind',
      piece('Hello') + frame({ object: 'error', message: 'CUDA out of memory at 10.0.0.7' }),
    ],
  ])('broke off with %s, in our words', async (_, frames) => {
    await using server = await startFakeModelServer();
    server.next({ raw: { frames, ends: 'whole' } });

    const { text, error } = await read(createModel(server.url));

    expect(text).toBe('Hello');
    expect(error).toMatchObject({ code: 'model_interrupted', message: 'The answer broke off. Please try again.' });
  });

  it('says in our words what a server that does not stream reports with status 200', async () => {
    await using server = await startFakeModelServer();
    server.always({ raw: { frames: JSON.stringify({ error: { message: 'at 10.0.0.7', code: 429 } }), ends: 'whole' } });

    const { error } = await read(createModel(server.url, { maxRetries: 0 }));

    expect(error).toMatchObject({
      code: 'model_rate_limited',
      message: 'The language model is busy. Please try again in a moment.',
    });
  });
});

describe('whose fault a refusal is', () => {
  it.each([
    [
      400,
      [
        {
          error: { code: 400, message: 'API key not valid. Please pass a valid API key.', status: 'INVALID_ARGUMENT' },
        },
      ],
      'model_key_invalid',
    ],
    [
      400,
      { code: 'Client specified an invalid argument', error: 'Incorrect API key provided: xa***.' },
      'model_key_invalid',
    ],
    [401, { statusCode: 401, message: 'Access denied due to missing subscription key.' }, 'model_key_invalid'],
    [403, { message: 'Forbidden' }, 'model_key_invalid'],
    [
      400,
      { error: { message: 'Your credit balance is too low to access the API.', type: 'invalid_request_error' } },
      'model_key_invalid',
    ],
    [
      400,
      { error: { message: 'Budget has been exceeded! Current cost: 1.0', type: 'budget_exceeded', code: '400' } },
      'model_key_invalid',
    ],
    [422, { detail: 'Could not validate credentials' }, 'model_key_invalid'],
    [400, { error: { message: 'Model Not Exist', type: 'invalid_request_error' } }, 'model_not_found'],
    [
      400,
      {
        error: {
          message:
            '/chat/completions: Invalid model name passed in model=gpt-5-mini. Call `/v1/models` to view available models for your key.',
          type: 'None',
          code: '400',
        },
      },
      'model_not_found',
    ],
    [400, { error: { message: 'gpt-9 is not a valid model ID', code: 400 } }, 'model_not_found'],
    [400, { object: 'error', message: 'Invalid model: gpt-9', type: 'invalid_model', code: '1500' }, 'model_not_found'],
    [422, { detail: "The model 'gpt-9' does not exist" }, 'model_not_found'],
    [400, { error: 'No models loaded. Please load a model in the developer page.' }, 'model_not_found'],
    [
      404,
      { error: { code: 'DeploymentNotFound', message: 'The API deployment for this resource does not exist.' } },
      'model_not_found',
    ],
    [404, { error: { message: "model 'gpt-9' not found", type: 'api_error' } }, 'model_not_found'],
    [
      403,
      { error: { message: 'Project does not have access to model gpt-9', code: 'model_not_found' } },
      'model_not_found',
    ],
    [
      400,
      {
        error: {
          code: 'content_filter',
          message: 'The response was filtered.',
          innererror: { code: 'ResponsibleAIPolicyViolation' },
        },
      },
      'model_refused',
    ],
    [
      403,
      {
        error: {
          code: 403,
          message: 'Input was flagged',
          metadata: { reasons: ['violence'], flagged_input: 'my API key' },
        },
      },
      'model_refused',
    ],
    [
      422,
      {
        error: 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 9000',
        error_type: 'validation',
      },
      'model_context_overflow',
    ],
    [413, { error: { message: 'Request Entity' } }, 'model_context_overflow'],
    [
      400,
      { error: { message: 'This model does not support image input', type: 'invalid_request_error' } },
      'model_refused',
    ],
    [
      400,
      {
        error: {
          message: "Unsupported value: 'temperature' does not support 0.2 with this model.",
          param: 'temperature',
        },
      },
      'model_refused',
    ],
  ])('is told by what a server says with %i %j', async (status, errorBody, code) => {
    await using server = await startFakeModelServer();
    server.next({ status, errorBody });

    const { error } = await read(createModel(server.url));

    expect(error).toMatchObject({ code });
  });

  it.each([
    ['model_key_invalid', 401],
    ['model_not_found', 404],
  ])('is not told to everybody where it is the operator’s, as with %s', async (code, status) => {
    await using server = await startFakeModelServer();
    server.next({ status });

    const { error } = await read(createModel(server.url));

    expect(error).toMatchObject({
      code,
      message: 'The assistant cannot answer just now. Whoever runs it can see why.',
    });
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

  it.each([
    ['retry-after-ms', '1200', 2],
    ['llm_provider-retry-after', '7', 7],
  ])('understands how long to wait by %s', async (name, value, seconds) => {
    await using server = await startFakeModelServer();
    server.always({ status: 429, headers: { [name]: value } });

    const { error } = await read(createModel(server.url, { maxRetries: 0 }));

    expect(error).toMatchObject({ code: 'model_rate_limited', retryAfterSeconds: seconds });
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
