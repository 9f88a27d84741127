import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { embedByHashing } from './hashing-embedder.ts';
import { findRequestProblem } from './openai-request-schemas.ts';

export interface ChatRequest {
  model: string;
  stream?: boolean;
  messages: { role: string; content: string | { type: string; text?: string; image_url?: { url: string } }[] }[];
  max_tokens?: number;
  max_completion_tokens?: number;
  stream_options?: { include_usage?: boolean };
}

/** How one request is answered. */
interface Behaviour {
  /** Waited for before anything is sent. */
  held?: Promise<void>;
  onArrival?: () => void;
  status?: number;
  headers?: Record<string, string>;
  errorBody?: object;
  /** What happens instead of the end, after so many pieces. */
  ending?: {
    after: number;
    how: 'cut' | 'stall' | 'no_finish' | 'error_chunk' | 'bad_json' | 'content_filter' | 'length';
  };
  /** After so many pieces the rest waits until this resolves, each time. */
  pauses?: { after: number; until: Promise<void> }[];
  usage?: boolean;
  /** Answered as it is to a request for an answer in one piece. */
  whole?: object;
  /** Written as it stands instead of an answer, for what no well-behaved server sends. */
  raw?: { frames: string; ends: 'whole' | 'cut' | 'stay_open' };
}

export interface FakeModelServer extends AsyncDisposable {
  /** With /v1, as OPENAI_BASE_URL wants it. */
  url: string;
  requests: ChatRequest[];
  /** The key that each of these requests came with. */
  keys: string[];
  /** What its list of models says, and to whom; null for a server that lists none. By default `fake`, to everybody. */
  models: { names: string[]; isPublic: boolean } | null;
  /** From now on any other key is refused. */
  acceptOnly(...keys: string[]): void;
  /** Requests whose client went away before the answer had ended. */
  aborted: number;
  /** What all further requests are answered with, until told otherwise; by default the question, repeated. */
  answerWith(answer: string | ((request: ChatRequest) => string)): void;
  /** The next request is answered in this way; several calls line up. */
  next(behaviour: Behaviour): void;
  /** What is not lined up is answered in this way from now on; null for well again. */
  always(behaviour: Behaviour | null): void;
  /** The next request waits until it is released. */
  holdNext(): { arrived: Promise<void>; release(): void };
}

/**
 * A server with OpenAI's interface, told by the test how to answer, badly where wanted. What OpenAI's published
 * description does not allow is answered with 400.
 */
export async function startFakeModelServer(): Promise<FakeModelServer> {
  const lineUp: Behaviour[] = [];
  let usual: Behaviour = {};
  let accepted: string[] | null = null;
  let answer: (request: ChatRequest) => string = (request) => `You said: ${lastText(request)}`;

  const server = createServer(async (request, response) => {
    const body = JSON.parse((await text(request)) || '{}');
    const problem = findRequestProblem(request.url ?? '', body);
    if (problem) return sendJson(response, 400, { error: { message: problem, type: 'invalid_request_error' } });
    const key = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    const isRefused = accepted !== null && !accepted.includes(key);
    if (isRefused && !(request.url === '/v1/models' && fake.models?.isPublic)) {
      // Not every server takes care not to repeat the key.
      const message = `Incorrect API key provided: ${key}.`;
      return sendJson(response, 401, { error: { message, type: 'invalid_request_error', code: 'invalid_api_key' } });
    }
    if (request.url === '/v1/models' && fake.models) {
      return sendJson(response, 200, { object: 'list', data: fake.models.names.map((id) => ({ id })) });
    }
    if (request.url === '/v1/embeddings') return sendJson(response, 200, toEmbeddings(body));
    if (request.url !== '/v1/chat/completions') return sendJson(response, 404, { error: { message: 'no such route' } });
    fake.requests.push(body);
    fake.keys.push(key);
    const behaviour = lineUp.shift() ?? usual;
    behaviour.onArrival?.();
    await behaviour.held;
    if (behaviour.status) {
      const error = behaviour.errorBody ?? { error: { message: 'as the test wants it' } };
      return sendJson(response, behaviour.status, error, behaviour.headers);
    }
    await writeAnswer({ request, response, body, answer: answer(body), behaviour });
  });
  server.on('request', (_request, response) =>
    response.once('close', () => {
      if (!response.writableFinished) fake.aborted += 1;
    }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const fake: FakeModelServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests: [],
    keys: [],
    models: { names: ['fake'], isPublic: true },
    acceptOnly: (...keys) => {
      accepted = keys;
    },
    aborted: 0,
    answerWith(given) {
      answer = typeof given === 'string' ? () => given : given;
    },
    next: (behaviour) => void lineUp.push(behaviour),
    always(behaviour) {
      usual = behaviour ?? {};
    },
    holdNext() {
      const arrival = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      lineUp.push({ onArrival: arrival.resolve, held: release.promise });
      return { arrived: arrival.promise, release: release.resolve };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

/** A frame of a streamed completion, as a server writes it. */
export const frame = (chunk: object) =>
  `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: 'fake', ...chunk })}\n\n`;

export function lastText(request: ChatRequest): string {
  const content = request.messages.at(-1)?.content ?? '';
  return typeof content === 'string' ? content : content.map((part) => part.text ?? '').join('');
}

async function writeAnswer(options: {
  request: IncomingMessage;
  response: ServerResponse;
  body: ChatRequest;
  answer: string;
  behaviour: Behaviour;
}): Promise<void> {
  const { response, body, answer, behaviour } = options;
  const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
  const base = { id: 'chatcmpl-fake', created: 1, model: body.model };
  if (!body.stream && behaviour.whole) return sendJson(response, 200, behaviour.whole);
  if (!body.stream) {
    const message = { role: 'assistant', content: answer, refusal: null };
    const choices = [{ index: 0, message, finish_reason: 'stop', logprobs: null }];
    return sendJson(response, 200, { ...base, object: 'chat.completion', choices, usage });
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (behaviour.raw) return writeRaw(response, behaviour.raw);
  const send = (chunk: object) =>
    response.write(`data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', ...chunk })}\n\n`);
  const choice = (delta: object, finish_reason: string | null = null) => ({
    choices: [{ index: 0, delta, finish_reason }],
  });
  send(choice({ role: 'assistant', content: '' }));
  const pieces = answer.match(/\s*\S+|\s+$/g) ?? [];
  for (const [index, piece] of pieces.entries()) {
    if (behaviour.ending?.after === index) break;
    await behaviour.pauses?.find(({ after }) => after === index)?.until;
    send(choice({ content: piece }));
    await new Promise((resolve) => setImmediate(resolve));
  }
  switch (behaviour.ending?.how) {
    case 'cut':
      response.destroy();
      return;
    case 'stall':
      return;
    case 'bad_json':
      response.end('data: {"choices": [{"del\n\n');
      return;
    case 'error_chunk':
      response.end(`data: ${JSON.stringify({ error: { message: 'the engine fell over', code: 500 } })}\n\n`);
      return;
    case 'no_finish':
      response.end();
      return;
    default:
      send(choice({}, isReason(behaviour.ending?.how) ? behaviour.ending.how : 'stop'));
      if (behaviour.usage !== false && body.stream_options?.include_usage) send({ choices: [], usage });
      response.end('data: [DONE]\n\n');
  }
}

function isReason(how: string | undefined): how is 'content_filter' | 'length' {
  return how === 'content_filter' || how === 'length';
}

function writeRaw(response: ServerResponse, { frames, ends }: NonNullable<Behaviour['raw']>): void {
  response.write(frames, () => {
    if (ends === 'whole') response.end();
    else if (ends === 'cut') response.destroy();
  });
}

function toEmbeddings({ input, model }: { input: string | string[]; model: string }) {
  const data = [input]
    .flat()
    .map((each, index) => ({ object: 'embedding', index, embedding: [...embedByHashing(each)] }));
  return { object: 'list', model, data, usage: { prompt_tokens: 1, total_tokens: 1 } };
}

function sendJson(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
