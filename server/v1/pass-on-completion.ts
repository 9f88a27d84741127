import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Completion } from '../../core/completions/completions.ts';
import type { OpenAiErrorBody } from './openai-error.ts';

const SLOWEST_WRITE_MS = 100;

/**
 * Hands on the bytes of completions as they come, no faster than they are read. For a few readers each piece goes on at
 * once; for many, what came within some milliseconds goes on together: writing is most of what an answer costs.
 */
export function createPassOn() {
  let running = 0;
  const waitMs = () => Math.min(SLOWEST_WRITE_MS, running / 2);

  async function passOn({ contentType, bytes }: Completion, res: ServerResponse, signal: AbortSignal): Promise<void> {
    let held: Buffer[] = [];
    let timer: NodeJS.Timeout | null = null;
    let writtenAt = 0;

    function takeHeld(): Buffer | undefined {
      if (timer) clearTimeout(timer);
      timer = null;
      if (held.length === 0) return undefined;
      if (!res.headersSent) {
        // nginx would otherwise collect the answer and hand it on in one piece.
        res.writeHead(200, { 'content-type': contentType, 'x-accel-buffering': 'no' });
      }
      const taken = held.length === 1 ? held[0] : Buffer.concat(held);
      held = [];
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
   * A failure before anything was sent is thrown, so that it can be answered with its own status; a later one becomes
   * the last chunk, as OpenAI sends it.
   * @param options.signal ends when the reader is gone: then nothing is thrown and nothing more is written
   */
  return async function passOnCompletion(
    completion: Completion,
    res: ServerResponse,
    { signal, toErrorBody }: { signal: AbortSignal; toErrorBody: (failure: unknown) => OpenAiErrorBody },
  ): Promise<void> {
    running += 1;
    try {
      await passOn(completion, res, signal);
    } catch (failure) {
      if (signal.aborted) return;
      if (!res.headersSent) throw failure;
      res.end(`data: ${JSON.stringify(toErrorBody(failure))}\n\n`);
    } finally {
      running -= 1;
    }
  };
}
