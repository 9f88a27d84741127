import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Completion } from '../../core/completions/completions.ts';
import { RefusedRequest } from '../../core/completions/refused-request.ts';
import { PING_MS, STREAM_HEADERS } from '../sse.ts';
import type { OpenAiErrorBody } from './openai-error.ts';
import { createStreamPings, type StreamPings } from './stream-pings.ts';

const SLOWEST_WRITE_MS = 100;

interface PassOnOptions {
  isStream: boolean;
  signal: AbortSignal;
  toErrorBody: (failure: unknown) => OpenAiErrorBody;
  pingMs?: number;
}

function open(res: ServerResponse, contentType: string): void {
  if (!res.headersSent) res.writeHead(200, { 'content-type': contentType, ...STREAM_HEADERS });
}

/**
 * Hands on the bytes of completions as they come, no faster than they are read. For a few readers each piece goes on at
 * once; for many, what came within some milliseconds goes on together: writing is most of what an answer costs.
 */
export function createPassOn() {
  let running = 0;
  const waitMs = () => Math.min(SLOWEST_WRITE_MS, running / 2);

  async function passOn(
    { contentType, bytes }: Completion,
    res: ServerResponse,
    { signal, pings }: { signal: AbortSignal; pings: StreamPings | null },
  ): Promise<void> {
    let held: Buffer[] = [];
    let timer: NodeJS.Timeout | null = null;
    let writtenAt = 0;

    function takeHeld(): Buffer | undefined {
      if (timer) clearTimeout(timer);
      timer = null;
      if (held.length === 0) return undefined;
      open(res, contentType);
      const taken = Buffer.concat(held);
      held = [];
      pings?.wrote(taken);
      return taken;
    }

    function write(): void {
      const taken = takeHeld();
      if (taken) res.write(taken);
      writtenAt = performance.now();
    }

    try {
      for await (const part of bytes) {
        held.push(part);
        const pause = writtenAt + waitMs() - performance.now();
        if (pause <= 0) write();
        else timer ??= setTimeout(write, pause);
        if (res.writableNeedDrain) await once(res, 'drain', { signal });
      }
    } catch (failure) {
      if (signal.aborted) held = [];
      const taken = takeHeld();
      if (taken) res.write(taken);
      throw failure;
    }
    res.end(takeHeld());
  }

  /**
   * Answers with what is being asked for. A failure before anything was sent is thrown, so that it can be answered with its own status; a later one becomes
   * the last chunk, as OpenAI sends it.
   * @param options.isStream whether the caller asked for a stream, which is kept open while the model says nothing
   * @param options.signal ends when the reader is gone: then nothing is thrown and nothing more is written
   */
  return async function passOnCompletion(
    asking: Promise<Completion>,
    res: ServerResponse,
    options: PassOnOptions,
  ): Promise<void> {
    const { isStream, signal, toErrorBody, pingMs = PING_MS } = options;
    const pings = isStream
      ? createStreamPings(res, { open: () => open(res, 'text/event-stream; charset=utf-8'), everyMs: pingMs })
      : null;
    running += 1;
    try {
      await passOn(await asking, res, { signal, pings });
    } catch (failure) {
      if (signal.aborted) return;
      if (!res.headersSent) throw failure;
      const body = failure instanceof RefusedRequest ? { error: failure.error } : toErrorBody(failure);
      res.end(`data: ${JSON.stringify(body)}\n\n`);
    } finally {
      pings?.stop();
      running -= 1;
    }
  };
}
