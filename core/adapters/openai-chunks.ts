import { createParser } from 'eventsource-parser';
import OpenAI from 'openai';

type Chunk = OpenAI.ChatCompletionChunk;

/** How long a connection may take to end after its last frame, so that it can be used again. */
const LAST_BYTES_MS = 1000;

/**
 * Reads a streamed completion: all the chunks that arrived together, as they arrive, until the server says `[DONE]` or
 * the connection ends. What comes before trouble is given before the trouble is thrown.
 * @throws SyntaxError for what is no JSON, APIError for a chunk that reports one, and what the connection throws
 */
export async function* readChunks(response: Response): AsyncGenerator<Chunk[]> {
  if (!response.body) return;
  const frames = createFrames(response.headers);
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let hasEnded = false;
  try {
    while (!hasEnded && !frames.isDone()) {
      const { done, value } = await reader.read();
      hasEnded = done;
      // Some servers leave out the empty line after their last frame.
      frames.feed(done ? `${decoder.decode()}\n\n` : decoder.decode(value, { stream: true }));
      const chunks = frames.take();
      if (chunks.length > 0) yield chunks;
      frames.throwTrouble();
    }
  } finally {
    if (!hasEnded) void finish(reader, frames.isDone());
  }
}

function createFrames(headers: Headers) {
  let arrived: Chunk[] = [];
  let trouble: unknown = null;
  let isDone = false;
  const parser = createParser({
    onEvent({ data }) {
      if (trouble || isDone) return;
      isDone = data === '[DONE]';
      if (isDone) return;
      try {
        const chunk = JSON.parse(data) as Chunk & { error?: { code?: unknown } };
        if (chunk.error) trouble = toApiError(chunk.error, headers);
        else arrived.push(chunk);
      } catch (error) {
        trouble = error;
      }
    },
  });
  return {
    feed: (text: string) => parser.feed(text),
    isDone: () => isDone,
    take() {
      const taken = arrived;
      arrived = [];
      return taken;
    },
    throwTrouble() {
      if (trouble) throw trouble;
    },
  };
}

/** Gateways report in the middle of a stream what would have been the status. */
function toApiError(error: { code?: unknown }, headers: Headers): Error {
  const status = typeof error.code === 'number' ? error.code : undefined;
  return new OpenAI.APIError(status, error, undefined, headers);
}

/** Closing at once would cost the next answer a new connection; nobody waits for this. */
async function finish(reader: ReadableStreamDefaultReader<Uint8Array>, isDone: boolean): Promise<void> {
  const cancel = () => void reader.cancel().catch(() => undefined);
  if (!isDone) return cancel();
  const timer = setTimeout(cancel, LAST_BYTES_MS);
  try {
    while (!(await reader.read()).done);
  } catch {
    // The answer is complete: how its connection ended is of no interest.
  } finally {
    clearTimeout(timer);
  }
}
