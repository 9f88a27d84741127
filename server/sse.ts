/** One event of a `text/event-stream`; `data` is JSON, which has no line breaks of its own. */
export function toSseFrame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** A comment: readers skip it, and nothing on the way takes the connection for dead. */
export const SSE_PING = ': ping\n\n';
