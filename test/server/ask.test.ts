import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { createTestHttpServer, type TestHttpServer } from '../support/test-http-server.ts';

describe('asking', () => {
  let t: TestHttpServer;
  /** Index of the next scripted answer: the tests of this file share one server. */
  const nextCall = () => t.scripted.call(t.scripted.calls.length);

  beforeAll(async () => {
    t = await createTestHttpServer();
  });
  afterAll(() => t[Symbol.asyncDispose]());

  interface Asking {
    token: string;
    sessionId: string;
    accept?: string;
    key?: string;
    body?: unknown;
    signal?: AbortSignal;
  }

  function ask({ token, sessionId, accept, key, body = { text: 'Hello?' }, signal }: Asking) {
    return t.request('POST', `/api/sessions/${sessionId}/messages`, {
      token,
      body,
      headers: { ...(accept && { accept }), ...(key && { 'idempotency-key': key }) },
      ...(signal && { signal }),
    });
  }

  it('takes null for no image, as in the messages it gives itself', async () => {
    const asker = await t.createAsker();
    const call = nextCall();
    const asking = ask({ ...asker, body: { text: 'Hello?', image_url: null } });
    (await call).finish();

    expect(await (await asking).json()).toMatchObject({ user_message: { image_url: null } });
  });

  it('answers in JSON when the answer is complete', async () => {
    const asker = await t.createAsker();
    const call = nextCall();
    const asking = ask({ ...asker, body: { text: 'Hello?', image_url: 'https://example.com/cat.png' } });
    const answer = await call;
    answer.say('Hi ');
    answer.say('there');
    answer.finish();

    const response = await asking;

    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      user_message: {
        id: expect.any(String),
        session_id: asker.sessionId,
        role: 'user',
        content: 'Hello?',
        image_url: 'https://example.com/cat.png',
        status: 'complete',
        sources: [],
        model: null,
        usage: null,
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      },
      ai_response: expect.objectContaining({
        role: 'assistant',
        content: 'Hi there',
        status: 'complete',
        model: 'scripted',
        usage: { input_tokens: 1, output_tokens: 1 },
      }),
    });
  });

  it('streams sources, deltas and the end as server-sent events', async () => {
    const asker = await t.createAsker();
    const call = nextCall();
    const asking = ask({ ...asker, accept: 'text/event-stream' });
    const answer = await call;
    const source = { n: 1, title: 'Guide', url: 'https://example.com/guide', snippet: 'Say hi.', score: 0.9 };
    answer.live.showSources([source]);
    answer.say('Hi\nthere [1]');

    const response = await asking;
    const frames = readFrames(response);
    const first = await frames.next();
    const second = await frames.next();
    answer.finish();
    const third = await frames.next();

    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(first.value).toEqual({ event: 'sources', data: { sources: [source] } });
    expect(second.value).toEqual({ event: 'delta', data: { text: 'Hi\nthere [1]' } });
    expect(third.value).toMatchObject({
      event: 'done',
      data: { user_message: { content: 'Hello?' }, ai_response: { content: 'Hi\nthere [1]' } },
    });
    expect((await frames.next()).done).toBe(true);
  });

  it('streams bare text', async () => {
    const asker = await t.createAsker();
    const call = nextCall();
    const asking = ask({ ...asker, accept: 'text/plain' });
    const answer = await call;
    answer.live.showSources([]);
    answer.say('Hi ');
    answer.say('there');
    answer.finish();

    const response = await asking;

    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toBe('Hi there');
  });

  it.each(['application/json', 'text/plain'])(
    'answers %s with a plain error status when the model fails before anything was sent',
    async (accept) => {
      const asker = await t.createAsker();
      const call = nextCall();
      const asking = ask({ ...asker, accept });
      (await call).fail(new AppError('model_timeout', 'The model took too long.', { retryAfterSeconds: 7 }));

      const response = await asking;

      expect(response.status).toBe(504);
      expect(response.headers.get('retry-after')).toBe('7');
      expect(await response.json()).toEqual({
        error: {
          code: 'model_timeout',
          message: 'The model took too long.',
          request_id: response.headers.get('x-request-id'),
        },
      });
    },
  );

  it('ends an event stream with an error frame also when the model fails before anything was sent', async () => {
    const asker = await t.createAsker();
    const call = nextCall();
    const asking = ask({ ...asker, accept: 'text/event-stream' });
    (await call).fail(new AppError('model_timeout', 'The model took too long.'));

    const response = await asking;
    const frames = readFrames(response);

    expect(response.status).toBe(200);
    expect((await frames.next()).value).toMatchObject({ event: 'error', data: { error: { code: 'model_timeout' } } });
    expect((await frames.next()).done).toBe(true);
  });

  it.each(['application/json', 'text/event-stream', 'text/plain'])(
    'answers %s with the status of a refusal',
    async (accept) => {
      const asker = await t.createAsker();
      const call = nextCall();
      const asking = ask({ ...asker, accept });
      (await call).fail(new AppError('balance_too_low', 'There is not enough in your wallet.'));

      const response = await asking;

      expect(response.status).toBe(402);
      expect((await response.json()).error.code).toBe('balance_too_low');
    },
  );

  it('ends an event stream that fails half-way with an error frame', async () => {
    const asker = await t.createAsker();
    const call = nextCall();
    const asking = ask({ ...asker, accept: 'text/event-stream' });
    const answer = await call;
    answer.say('Hi');
    const response = await asking;
    const frames = readFrames(response);
    await frames.next();

    answer.fail(new AppError('model_interrupted', 'The model stopped in the middle.'));

    expect((await frames.next()).value).toEqual({
      event: 'error',
      data: {
        error: {
          code: 'model_interrupted',
          message: 'The model stopped in the middle.',
          request_id: response.headers.get('x-request-id'),
        },
      },
    });
    expect((await frames.next()).done).toBe(true);
  });

  it('ends bare text that fails half-way with a plain sentence', async () => {
    const asker = await t.createAsker();
    const call = nextCall();
    const asking = ask({ ...asker, accept: 'text/plain' });
    const answer = await call;
    answer.say('Hi');
    const response = await asking;

    answer.fail(new AppError('model_interrupted', 'The model stopped in the middle.'));

    expect(await response.text()).toBe('Hi\n\nThe model stopped in the middle.\n');
  });

  it('shows nothing of an unexpected failure but an id, and logs its cause', async () => {
    const asker = await t.createAsker();
    const call = nextCall();
    const asking = ask(asker);
    const cause = new Error('secret detail');
    (await call).fail(cause);

    const response = await asking;
    const { error } = await response.json();

    expect(response.status).toBe(500);
    expect(error.code).toBe('internal_error');
    expect(error.message).not.toContain('secret');
    expect(error.message).toContain(error.request_id);
    expect(t.logger.lines).toContainEqual(
      expect.objectContaining({ level: 'error', fields: { requestId: error.request_id, err: cause } }),
    );
  });

  it('takes the messages of a session in the order they came', async () => {
    const { token, sessionId } = await t.createAsker();
    const texts = Array.from({ length: 8 }, (_, n) => `Message ${n}`);
    const calls = t.scripted.calls.length;
    const socket = connect(t.port, '127.0.0.1');
    // On one connection, where nothing else can change their order.
    for (const text of texts) {
      const body = JSON.stringify({ text });
      socket.write(
        `POST /api/sessions/${sessionId}/messages HTTP/1.1\r\nhost: parley.example\r\nauthorization: Bearer ${token}\r\n` +
          `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    }

    for (const n of texts.keys()) (await t.scripted.call(calls + n)).finish();

    const asked = t.scripted.calls.slice(calls).map(({ userMessage }) => userMessage.content);
    expect(asked).toEqual(texts);
    socket.destroy();
  });

  it.each(['application/json', 'text/event-stream', 'text/plain'])(
    'stops the model when the client of %s goes away',
    async (accept) => {
      const asker = await t.createAsker();
      const call = nextCall();
      const gone = new AbortController();
      const asking = ask({ ...asker, accept, signal: gone.signal });
      const answer = await call;
      const stopped = new Promise((resolve) => answer.signal.addEventListener('abort', resolve));

      gone.abort();

      await expect(asking).rejects.toThrow();
      await stopped;
    },
  );

  it('stops the model when the reader of a running stream goes away, and keeps what was written', async () => {
    const asker = await t.createAsker();
    const call = nextCall();
    const gone = new AbortController();
    const asking = ask({ ...asker, accept: 'text/event-stream', signal: gone.signal });
    const answer = await call;
    const stopped = new Promise((resolve) => answer.signal.addEventListener('abort', resolve));
    answer.say('So far');
    await readFrames(await asking).next();

    gone.abort();
    await stopped;

    await expect
      .poll(async () => {
        const list = await t.request('GET', `/api/sessions/${asker.sessionId}/messages`, asker);
        return (await list.json()).items.at(-1);
      })
      .toMatchObject({ role: 'assistant', content: 'So far', status: 'interrupted' });
  });

  it('goes on for a client that left its idempotency key, and gives it the same answer later', async () => {
    const asker = await t.createAsker();
    const call = nextCall();
    const gone = new AbortController();
    const asking = ask({ ...asker, key: 'once', accept: 'text/event-stream', signal: gone.signal });
    const answer = await call;
    answer.say('Hi');
    await readFrames(await asking).next();
    gone.abort();

    const resumed = await ask({ ...asker, key: 'once', accept: 'text/event-stream' });
    const frames = readFrames(resumed);
    const first = await frames.next();
    answer.say(' there');
    answer.finish();
    const again = await frames.next();
    const end = await frames.next();
    const replay = await (await ask({ ...asker, key: 'once' })).json();

    expect(answer.signal.aborted).toBe(false);
    expect([first.value, again.value]).toEqual([
      { event: 'delta', data: { text: 'Hi' } },
      { event: 'delta', data: { text: ' there' } },
    ]);
    expect(end.value?.data).toEqual(replay);
    expect(replay.ai_response.content).toBe('Hi there');
  });

  it('refuses another text under the same idempotency key', async () => {
    const asker = await t.createAsker();
    const call = nextCall();
    const asking = ask({ ...asker, key: 'once' });
    (await call).finish();
    await asking;

    const response = await ask({ ...asker, key: 'once', body: { text: 'Something else' } });

    expect(response.status).toBe(409);
    expect((await response.json()).error.code).toBe('conflict');
  });

  it('keeps the keys of two people apart', async () => {
    const ada = await t.createAsker();
    const bob = await t.createAsker();
    const adasCall = nextCall();
    const adaAsks = ask({ ...ada, key: 'same' });
    (await adasCall).finish();
    await adaAsks;
    const bobsCall = nextCall();
    const bobAsks = ask({ ...bob, key: 'same' });
    (await bobsCall).finish();

    expect((await (await bobAsks).json()).user_message.session_id).toBe(bob.sessionId);
  });

  it.each([
    ['no text', {}, 'text is missing.'],
    ['a text that is none', { text: 7 }, 'text must be text.'],
    ['an empty text', { text: '' }, 'text must have 1 to 4000 characters.'],
    ['a text of spaces', { text: ' \n ' }, 'text must have 1 to 4000 characters.'],
    ['a text that is too long', { text: 'é'.repeat(4001) }, 'text must have 1 to 4000 characters.'],
    ['a NUL', { text: 'a\0b' }, 'text must be valid text without NUL characters.'],
    ['half a character', { text: 'a\ud800b' }, 'text must be valid text without NUL characters.'],
    ['a field nobody knows', { text: 'Hi', model: 'x' }, 'The request body has unknown fields: model.'],
    [
      'an image that is not on the web',
      { text: 'Hi', image_url: 'javascript:alert(1)' },
      'image_url must be an address that starts with http:// or https://.',
    ],
    ['a body that is a list', [], 'The request body must be a JSON object (sent with content-type: application/json).'],
  ])('refuses %s and says what would be right', async (_, body, message) => {
    const asker = await t.createAsker();

    const response = await ask({ ...asker, body });

    expect(response.status).toBe(400);
    expect((await response.json()).error).toMatchObject({ code: 'invalid_request', message });
  });

  it('takes 4000 characters however many bytes they have', async () => {
    const asker = await t.createAsker();
    const call = nextCall();
    const asking = ask({ ...asker, body: { text: '🦜'.repeat(4000) } });
    (await call).finish();

    expect((await asking).status).toBe(200);
  });

  it.each(['x'.repeat(256), 'tab\tinside'])(
    'refuses an idempotency key that is not 1 to 255 printable characters',
    async (key) => {
      const asker = await t.createAsker();

      const response = await ask({ ...asker, key });

      expect(response.status).toBe(400);
      expect((await response.json()).error.message).toContain('idempotency-key');
    },
  );
});

async function* readFrames(response: Response): AsyncGenerator<{ event: string; data: unknown }> {
  let rest = '';
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    const frames = (rest + piece).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const match = /^event: (\w+)\ndata: (.*)$/.exec(frame);
      if (match) yield { event: match[1]!, data: JSON.parse(match[2]!) };
    }
  }
}
