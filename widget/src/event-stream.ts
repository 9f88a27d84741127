export interface ServerSentEvent {
  event: string;
  data: string;
}

/**
 * Reads server-sent events from the body of a response. EventSource is of no use here: it cannot POST.
 * A comment, which servers send as a sign of life, comes out as an event without data.
 */
export async function* readEventStream(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let unread = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      // A CR at the end may be half of a CRLF, so it waits for the next chunk.
      const text = unread + decoder.decode(value, { stream: true });
      const frames = text.replace(/\r\n|\r(?!$)/g, '\n').split('\n\n');
      unread = frames.pop() ?? '';
      for (const frame of frames) yield parseFrame(frame);
    }
  } finally {
    // Leaving early closes the connection, by which the server learns that nobody reads on.
    reader.cancel().catch(() => {});
  }
}

function parseFrame(frame: string): ServerSentEvent {
  let event = 'message';
  const data: string[] = [];
  for (const line of frame.split('\n')) {
    const [, field, value = ''] = /^(\w*):? ?(.*)$/.exec(line) ?? [];
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  }
  return { event, data: data.join('\n') };
}
