import { expect, it } from 'vitest';
import { readEventStream } from '../../widget/src/event-stream.ts';

async function read(chunks: (string | Uint8Array)[]) {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk);
      controller.close();
    },
  });
  const events = [];
  for await (const event of readEventStream(body)) events.push(event);
  return events;
}

it('reads events that arrive in pieces', async () => {
  expect(await read(['event: de', 'lta\nda', 'ta: {"a":1}\n', '\nevent: done\ndata: 2\n\n'])).toEqual([
    { event: 'delta', data: '{"a":1}' },
    { event: 'done', data: '2' },
  ]);
});

it('reads every kind of line break, also one cut in two', async () => {
  expect(await read(['event: a\r', '\ndata: 1\r\n\r', '\nevent: b\ndata: 2\n\n'])).toEqual([
    { event: 'a', data: '1' },
    { event: 'b', data: '2' },
  ]);
});

it('keeps letters whole that are cut in the middle of their bytes', async () => {
  const bytes = new TextEncoder().encode('data: é\n\n');

  expect(await read([bytes.slice(0, 7), bytes.slice(7)])).toEqual([{ event: 'message', data: 'é' }]);
});

it('joins the data lines of one event, and shows comments as events without data', async () => {
  expect(await read([': ping\n\ndata: 1\ndata: 2\n\n'])).toEqual([
    { event: 'message', data: '' },
    { event: 'message', data: '1\n2' },
  ]);
});
