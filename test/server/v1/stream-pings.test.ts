import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, vi } from 'vitest';
import type { Completion } from '../../../core/completions/completions.ts';
import { RefusedRequest } from '../../../core/completions/refused-request.ts';
import { createPassOn } from '../../../server/v1/pass-on-completion.ts';
import { createStreamPings } from '../../../server/v1/stream-pings.ts';

const FRAME = 'data: {"choices":[]}\n\n';

/** Reads a completion that is passed on in pieces, each of them when `next` is called; pings come every 20 ms. */
async function passOn({ isStream, contentType = 'text/event-stream' }: { isStream: boolean; contentType?: string }) {
  const steps: { resolve(piece: string | Error | null): void; promise: Promise<string | Error | null> }[] = [];
  const step = (at: number) => {
    while (steps.length <= at) steps.push(Promise.withResolvers<string | Error | null>());
    return steps[at]!;
  };
  let taken = 0;
  let given = 0;
  async function* bytes() {
    for (;;) {
      const piece = await step(taken++).promise;
      if (piece === null) return;
      if (piece instanceof Error) throw piece;
      yield Buffer.from(piece);
    }
  }
  const begun = Promise.withResolvers<Completion>();
  const passOnCompletion = createPassOn();
  const server = createServer((_req, res) => {
    const signal = new AbortController().signal;
    const toErrorBody = () => ({ error: { message: 'broke off', type: 'server_error', param: null, code: null } });
    passOnCompletion(begun.promise, res, { isStream, signal, toErrorBody, pingMs: 20 }).catch(() => {
      res.writeHead(502).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const asking = fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  let text = '';
  const reading = asking.then(async (response) => {
    const decoder = new TextDecoder();
    for await (const part of response.body ?? []) text += decoder.decode(part, { stream: true });
    return response;
  });
  return {
    text: () => text,
    asking,
    reading,
    begin: () => begun.resolve({ contentType, bytes: bytes() }),
    refuse: (error: Error) => begun.reject(error),
    next: (piece: string | Error | null) => step(given++).resolve(piece),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

it('keeps a stream open while the model says nothing, before its first word and between two', async () => {
  await using t = await passOn({ isStream: true });

  await expect.poll(t.text).toMatch(/^(: ping\n\n)+$/);
  t.begin();
  t.next(FRAME);
  await expect.poll(t.text).toMatch(/^(: ping\n\n)+data: .*\n\n(: ping\n\n)+$/);
  t.next('data: {"cho');
  t.next('ices":[]}\n\ndata: [DONE]\n\n');
  t.next(null);
  const response = await t.reading;

  expect(t.text().replaceAll(': ping\n\n', '')).toBe(`${FRAME}${FRAME}data: [DONE]\n\n`);
  expect(response.headers.get('cache-control')).toBe('no-store, no-transform');
  expect(response.headers.get('x-accel-buffering')).toBe('no');
});

it('puts nothing into the middle of an event, nor before a reader that is behind', () => {
  vi.useFakeTimers();
  const written: string[] = [];
  const res = { writableNeedDrain: false, write: (text: string) => written.push(text) };
  const pings = createStreamPings(res as unknown as ServerResponse, { open: () => {}, everyMs: 1000 });

  pings.wrote(Buffer.from('data: {"cho'));
  vi.advanceTimersByTime(5000);
  const inTheMiddle = written.length;
  pings.wrote(Buffer.from('ices":[]}\n\n'));
  res.writableNeedDrain = true;
  vi.advanceTimersByTime(5000);
  const whileBehind = written.length;
  res.writableNeedDrain = false;
  vi.advanceTimersByTime(1000);
  pings.stop();
  vi.advanceTimersByTime(5000);

  expect([inTheMiddle, whileBehind, written]).toEqual([0, 0, [': ping\n\n']]);
  vi.useRealTimers();
});

it('tells in the stream of what fails after it was opened', async () => {
  await using t = await passOn({ isStream: true });
  await expect.poll(t.text).toContain(': ping');

  t.refuse(new RefusedRequest(400, { message: 'too hot', type: 'invalid_request_error', param: null, code: null }));
  await t.reading;

  expect(t.text()).toContain('"too hot"');
});

it('leaves an answer in one piece alone', async () => {
  await using t = await passOn({ isStream: false, contentType: 'application/json' });

  t.begin();
  t.next('{}');
  t.next(null);
  await t.reading;

  expect(t.text()).toBe('{}');
});
