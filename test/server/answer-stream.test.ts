import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { TurnEvent } from '../../core/turns/turn-event.ts';
import { eventStreamFormat, plainTextFormat, type StreamFormat, streamAnswer } from '../../server/answer-stream.ts';

const toErrorBody = () => ({
  error: { code: 'internal_error' as const, message: 'It broke.', request_id: 'r1' },
});

/** A server whose one response the test streams into. */
async function openResponse() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const asking = fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [, res] = (await once(server, 'request')) as [unknown, ServerResponse];
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  return {
    res,
    asking,
    signal: gone.signal,
    stream: (events: AsyncIterable<TurnEvent>, format: StreamFormat, pingMs?: number) =>
      streamAnswer(events, res, { format, signal: gone.signal, toErrorBody, ...(pingMs && { pingMs }) }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('streaming an answer', () => {
  it('writes no faster than the reader reads', async () => {
    await using t = await openResponse();
    let made = 0;
    async function* endless(): AsyncGenerator<TurnEvent> {
      for (;;) {
        made += 1;
        yield { type: 'delta', text: 'x'.repeat(10_000) };
      }
    }
    const streaming = t.stream(endless(), eventStreamFormat);
    const response = await t.asking;
    // Nobody reads: it stops by itself once the buffers on the way are full.
    let before = -1;
    await expect
      .poll(
        () => {
          const isStill = made === before;
          before = made;
          return isStill;
        },
        { interval: 100 },
      )
      .toBe(true);
    const madeWhileUnread = made;

    await response.body?.cancel();
    await streaming;

    expect(madeWhileUnread).toBeLessThan(2_000);
    expect(t.res.writableLength).toBeLessThan(100_000);
  });

  it('leaves the events when the reader goes away, without an error', async () => {
    await using t = await openResponse();
    let isLeft = false;
    async function* events(): AsyncGenerator<TurnEvent> {
      try {
        yield { type: 'delta', text: 'Hi' };
        await once(t.signal, 'abort');
        t.signal.throwIfAborted();
      } finally {
        isLeft = true;
      }
    }
    const streaming = t.stream(events(), eventStreamFormat);

    await (await t.asking).body?.cancel();
    await streaming;

    expect(isLeft).toBe(true);
  });

  it('keeps a silent event stream open with comments, also before the first event', async () => {
    await using t = await openResponse();
    const later = Promise.withResolvers<void>();
    async function* events(): AsyncGenerator<TurnEvent> {
      await later.promise;
      yield { type: 'delta', text: 'Hi' };
    }
    const streaming = t.stream(events(), eventStreamFormat, 5);
    const reader = (await t.asking).body!.pipeThrough(new TextDecoderStream()).getReader();

    const silence = await reader.read();
    later.resolve();
    await streaming;
    let text = silence.value ?? '';
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) text += piece.value;

    expect(silence.value).toMatch(/^: ping\n\n/);
    expect(text.replaceAll(': ping\n\n', '')).toBe('event: delta\ndata: {"text":"Hi"}\n\n');
  });

  it('ends an event stream that failed after a comment with an error frame', async () => {
    await using t = await openResponse();
    const failure = Promise.withResolvers<never>();
    async function* events(): AsyncGenerator<TurnEvent> {
      await failure.promise;
      yield { type: 'delta', text: 'never' };
    }
    const streaming = t.stream(events(), eventStreamFormat, 5);
    const response = await t.asking;

    failure.reject(new Error('broken'));
    await streaming;

    expect((await response.text()).replaceAll(': ping\n\n', '')).toBe(
      `event: error\ndata: ${JSON.stringify(toErrorBody())}\n\n`,
    );
  });

  it('throws what failed before anything was sent', async () => {
    await using t = await openResponse();
    const broken = new Error('broken');
    // biome-ignore lint/correctness/useYield: it fails before it has anything to give
    async function* events(): AsyncGenerator<TurnEvent> {
      throw broken;
    }

    await expect(t.stream(events(), plainTextFormat)).rejects.toBe(broken);

    expect(t.res.headersSent).toBe(false);
    t.res.end();
    await t.asking;
  });
});
