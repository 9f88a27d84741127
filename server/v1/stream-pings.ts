import type { ServerResponse } from 'node:http';
import { SSE_PING } from '../sse.ts';

export type StreamPings = ReturnType<typeof createStreamPings>;

/**
 * Says nothing, every so often, in a stream whose bytes only pass through: between two events, where a comment harms
 * nobody, and also before the first one, because nothing on the way waits for a model that thinks for minutes.
 * @param open sends the head
 */
export function createStreamPings(res: ServerResponse, { open, everyMs }: { open: () => void; everyMs: number }) {
  let isBetweenEvents = true;

  function ping(): void {
    if (isBetweenEvents && !res.writableNeedDrain) {
      open();
      res.write(SSE_PING);
    }
    timer.refresh();
  }
  const timer = setTimeout(ping, everyMs).unref();

  return {
    /** To be told of everything that was written. */
    wrote(bytes: Buffer): void {
      isBetweenEvents = /\n\r?\n$/.test(bytes.subarray(-4).toString('latin1'));
      timer.refresh();
    },
    stop: () => clearTimeout(timer),
  };
}
