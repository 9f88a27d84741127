import { describe, expect, it } from 'vitest';
import { frame, startFakeModelServer } from '../../support/fake-model-server.ts';
import { createModel, read, request } from '../../support/test-openai-model.ts';
import { never } from '../../support/test-turns.ts';

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
