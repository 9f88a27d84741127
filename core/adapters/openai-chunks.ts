import { createParser } from 'eventsource-parser';
import type OpenAI from 'openai';
import { findReportedError } from '../completions/reported-error.ts';
import { toApiError } from './openai-error-body.ts';

type Chunk = OpenAI.ChatCompletionChunk;

export interface Arrived {
  chunks: Chunk[];
  /** Whether the server has said that this was all. */
  isDone: boolean;
}

/** How long a connection may take to end after its last frame, so that it can be used again. */
const LAST_BYTES_MS = 1000;
const LARGEST_ANSWER = 64_000_000;

/**
 * Reads a completion: all the chunks that arrived together, as they arrive, until the server says `[DONE]` or the
 * connection ends. Servers that do not stream send it in one piece. What comes before trouble is given before the
 * trouble is thrown.
 * @throws SyntaxError for what is no JSON, APIError for a chunk that reports one, and what the connection throws
 */
export async function* readChunks(response: Response): AsyncGenerator<Arrived> {
  if (!response.body) return;
  let reading: Frames | null = null;
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let hasEnded = false;
  try {
    while (!hasEnded && !reading?.isDone()) {
      const { done, value } = await reader.read();
      hasEnded = done;
      const text = done ? decoder.decode() : decoder.decode(value, { stream: true });
      if (!reading && text.trim() === '' && !done) continue;
      reading ??= /^\s*[[{]/.test(text) ? readWhole(response.headers) : readFrames(response.headers);
      reading.feed(text);
      if (done) reading.end();
      const chunks = reading.take();
      const isDone = reading.isDone();
      if (chunks.length > 0 || isDone) yield { chunks, isDone };
      reading.throwTrouble();
    }
  } finally {
    if (!hasEnded) void finish(reader, reading?.isDone() ?? false);
  }
}

interface Frames {
  feed(text: string): void;
  end(): void;
  /** The chunks since the last time. */
  take(): Chunk[];
  isDone(): boolean;
  throwTrouble(): void;
}

function readFrames(headers: Headers): Frames {
  const read = createReader(headers);
  const parser = createParser({
    onEvent: ({ event, data }) => read.data(data, { isNamedError: event === 'error' }),
    onError: ({ type, field = '', value = '' }) => {
      // llama.cpp has sent its errors under a name of their own.
      if (type === 'unknown-field' && field === 'error') read.data(value, { isNamedError: true });
    },
  });
  return {
    ...read,
    feed: (text) => parser.feed(text),
    // Some servers leave out the empty line after their last frame.
    end: () => parser.feed('\n\n'),
  };
}

/** An answer in one piece: it is there when all of it is. */
function readWhole(headers: Headers): Frames {
  const read = createReader(headers);
  let whole = '';
  return {
    ...read,
    feed(text) {
      whole += text;
      if (whole.length > LARGEST_ANSWER) throw new SyntaxError('an answer without end');
    },
    end() {
      read.data(whole);
      read.data('[DONE]');
    },
  };
}

/** Takes the data of frames one after the other, up to the first trouble or the end. */
function createReader(headers: Headers) {
  let arrived: Chunk[] = [];
  let trouble: unknown = null;
  let isDone = false;

  function data(text: string, { isNamedError = false } = {}): void {
    if (trouble || isDone) return;
    isDone = text.trim() === '[DONE]';
    if (isDone || text.trim() === '') return;
    try {
      take(JSON.parse(text), isNamedError);
    } catch (error) {
      const lines = text.split('\n');
      // Without an empty line between them, several frames come as one.
      if (lines.length > 1) for (const line of lines) data(line, { isNamedError });
      else trouble = isNamedError ? toApiError(text, headers) : error;
    }
  }

  function take(sent: unknown, isNamedError: boolean): void {
    const reported = findReportedError(sent, { isNamedError });
    if (reported !== null) trouble = toApiError(reported, headers);
    else if (typeof sent === 'object' && sent !== null) arrived.push(sent as Chunk);
  }

  return {
    data,
    take() {
      const taken = arrived;
      arrived = [];
      return taken;
    },
    isDone: () => isDone,
    throwTrouble() {
      if (trouble) throw trouble;
    },
  };
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
