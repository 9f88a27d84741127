import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Completion } from '../../core/completions/completions.ts';
import type { OpenAiErrorBody } from './openai-error.ts';

/**
 * Hands on the bytes of a completion as they come, no faster than they are read. A failure before anything was sent is
 * thrown, so that it can be answered with its own status; a later one becomes the last chunk, as OpenAI sends it.
 * @param options.signal ends when the reader is gone: then nothing is thrown and nothing more is written
 */
export async function passOnCompletion(
  { contentType, bytes }: Completion,
  res: ServerResponse,
  { signal, toErrorBody }: { signal: AbortSignal; toErrorBody: (failure: unknown) => OpenAiErrorBody },
): Promise<void> {
  try {
    for await (const part of bytes) {
      if (!res.headersSent) {
        // nginx would otherwise collect the answer and hand it on in one piece.
        res.writeHead(200, { 'content-type': contentType, 'x-accel-buffering': 'no' });
      }
      if (!res.write(part)) await once(res, 'drain', { signal });
    }
    res.end();
  } catch (failure) {
    if (signal.aborted) return;
    if (!res.headersSent) throw failure;
    res.end(`data: ${JSON.stringify(toErrorBody(failure))}\n\n`);
  }
}
