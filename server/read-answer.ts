import type { ServerResponse } from 'node:http';
import type { TurnEvent } from '../core/turns/turn-event.ts';

/** Ends when whoever asked has gone before the answer was complete. */
export function whenGone(res: ServerResponse): AbortSignal {
  const gone = new AbortController();
  res.once('close', () => {
    if (!res.writableFinished) gone.abort();
  });
  return gone.signal;
}

/** The end of a turn; null when the caller has gone meanwhile. */
export async function readToEnd(events: AsyncIterable<TurnEvent>, signal: AbortSignal) {
  try {
    for await (const event of events) if (event.type === 'done') return event;
  } catch (failure) {
    if (!signal.aborted) throw failure;
    return null;
  }
  throw new Error('a turn ended without saying so');
}
