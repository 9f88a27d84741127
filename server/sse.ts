/** One event of a `text/event-stream`; `data` is JSON, which has no line breaks of its own. */
export function toSseFrame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** For what is written as it comes: nobody on the way keeps it, changes it, or, as nginx would, hands it on in one piece. */
export const STREAM_HEADERS = { 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' } as const;

/** How long a stream may be silent. Proxies end connections on which nothing happens, the most impatient after 30 s. */
export const PING_MS = 15_000;

/** A comment: readers skip it, and nothing on the way takes the connection for dead. */
export const SSE_PING = ': ping\n\n';
