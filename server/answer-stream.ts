import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { TurnEvent } from '../core/turns/turn-event.ts';
import type { ErrorBody } from './error-reply.ts';
import { toMessageShape, toSourceShape } from './shapes/message.ts';
import { PING_MS, SSE_PING, STREAM_HEADERS, toSseFrame } from './sse.ts';

/** How an answer that is still being written looks on the wire. */
export interface StreamFormat<Failure = ErrorBody> {
  contentType: string;
  toChunk(event: TurnEvent): string;
  toErrorChunk(body: Failure): string;
  /** Sent when nothing else was for a while; null where the format has no way to say nothing. */
  ping: string | null;
}

export const eventStreamFormat: StreamFormat = {
  contentType: 'text/event-stream; charset=utf-8',
  toChunk(event) {
    if (event.type === 'delta') return toSseFrame('delta', { text: event.text });
    if (event.type === 'sources') return toSseFrame('sources', { sources: event.sources.map(toSourceShape) });
    if (event.type === 'done') return toSseFrame('done', toExchangeShape(event));
    return toSseFrame('restart', {});
  },
  toErrorChunk: (body) => toSseFrame('error', body),
  ping: SSE_PING,
};

export const plainTextFormat: StreamFormat = {
  contentType: 'text/plain; charset=utf-8',
  toChunk: (event) => (event.type === 'delta' ? event.text : ''),
  toErrorChunk: ({ error }) => `\n\n${error.message}\n`,
  ping: null,
};

export function toExchangeShape({ userMessage, answer, notices = [] }: Extract<TurnEvent, { type: 'done' }>) {
  return {
    user_message: toMessageShape(userMessage),
    ai_response: toMessageShape(answer),
    ...(notices.length > 0 && { notices }),
  };
}

/**
 * Writes the events of a turn as they come, no faster than they are read. A failure before anything was sent is
 * thrown, so that it can be answered with its own status; a later one becomes the last chunk.
 * @param options.signal ends when the reader is gone: then nothing is thrown and nothing more is written
 * @param options.isAnswer which failures are chunks even if nothing was sent before
 */
export async function streamAnswer<Failure = ErrorBody>(
  events: AsyncIterable<TurnEvent>,
  res: ServerResponse,
  options: {
    format: StreamFormat<Failure>;
    signal: AbortSignal;
    toErrorBody: (failure: unknown) => Failure;
    isAnswer?: (failure: unknown) => boolean;
    pingMs?: number;
  },
): Promise<void> {
  const { format, signal, toErrorBody, isAnswer = () => false, pingMs = PING_MS } = options;

  const open = () => {
    if (res.headersSent) return;
    res.writeHead(200, {
      'content-type': format.contentType,
      ...STREAM_HEADERS,
    });
  };
  const write = (chunk: string): boolean => {
    open();
    if (chunk !== '' && !res.write(chunk)) return false;
    pinging?.refresh();
    return true;
  };
  const ping = () => {
    if (format.ping !== null && !res.writableNeedDrain) write(format.ping);
    pinging?.refresh();
  };
  const pinging = format.ping === null ? null : setTimeout(ping, pingMs);

  try {
    for await (const event of events) {
      if (!write(format.toChunk(event))) await once(res, 'drain', { signal });
    }
    res.end();
  } catch (failure) {
    if (signal.aborted) return;
    if (!res.headersSent && !isAnswer(failure)) throw failure;
    open();
    res.end(format.toErrorChunk(toErrorBody(failure)));
  } finally {
    if (pinging) clearTimeout(pinging);
  }
}
