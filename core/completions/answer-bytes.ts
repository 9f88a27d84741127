import { AppError } from '../errors.ts';
import type { ServerAnswer } from '../ports/completion-servers.ts';
import { createStreamTap, type Tap } from './stream-tap.ts';

const BEGINS_AS_JSON = /^\s*[[{]/;
const HAS_FRAME = /^(?:data|error):.*\r?\n\r?\n/m;
/** Of comments, before it counts as an answer all the same. */
const LONGEST_BEGINNING = 16_000;
/** How long a connection may take to end after `[DONE]`, so that it can be used again. */
const LAST_BYTES_MS = 1000;

/** The bytes up to `[DONE]`: some servers keep the connection open after it, and nobody waits for that. */
export async function* untilDone(body: AsyncIterable<Buffer>, tap: Tap): AsyncGenerator<Buffer> {
  const reading = body[Symbol.asyncIterator]();
  try {
    for (let next = await reading.next(); !next.done; next = await reading.next()) {
      yield next.value;
      if (tap.isDone()) break;
    }
  } finally {
    if (tap.isDone()) void readToEnd(reading);
    else await reading.return?.();
  }
}

/** Closing at once would cost the next answer a new connection. */
async function readToEnd(reading: AsyncIterator<Buffer>): Promise<void> {
  const timer = setTimeout(() => void reading.return?.().catch(() => undefined), LAST_BYTES_MS);
  try {
    while (!(await reading.next()).done);
  } catch {
    // The answer is complete: how its connection ended is of no interest.
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Waits for the first frame: a server that fails before it has not answered, and another one may. By it it also shows
 * whether the answer comes in one piece, which some servers give to who asked for a stream.
 */
export async function beginWith(
  { contentType, body }: ServerAnswer,
  { isStream }: { isStream: boolean },
): Promise<ServerAnswer & { isWhole: boolean; look: Tap }> {
  const reading = body[Symbol.asyncIterator]();
  const look = createStreamTap({ hidesUsage: false });
  const begun: Buffer[] = [];
  for (let hasFrame = false; !hasFrame; ) {
    const next = await reading.next();
    if (next.done) break;
    begun.push(next.value);
    look.push(next.value);
    const text = Buffer.concat(begun).toString('utf8');
    // Comments, with which gateways keep a connection open, are no answer.
    hasFrame = !isStream || BEGINS_AS_JSON.test(text) || HAS_FRAME.test(text) || text.length > LONGEST_BEGINNING;
  }
  if (look.trouble() !== null && look.countDelivered() === 0) await reading.return?.();
  if (begun.length === 0)
    throw new AppError('model_unavailable', 'The language model gave no answer. Please try again.');
  async function* all() {
    try {
      yield* begun;
      for (;;) {
        const next = await reading.next();
        if (next.done) return;
        yield next.value;
      }
    } finally {
      await reading.return?.();
    }
  }
  const isWhole = !isStream || BEGINS_AS_JSON.test(Buffer.concat(begun).toString('utf8'));
  return { contentType, body: all(), isWhole, look };
}
