import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createOpenAiEmbedder } from '../../../core/adapters/openai-embedder.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';

interface EmbeddingRequest {
  model: string;
  input: string[];
  encoding_format: string;
}
type Answer = (body: EmbeddingRequest, response: ServerResponse, request: IncomingMessage) => void;

const answerAll: Answer = ({ input }, response) => {
  // Out of order and not of unit length, as servers may.
  const data = input.map((text, index) => ({ object: 'embedding', index, embedding: [text.length, 0, 1] })).reverse();
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ object: 'list', data, model: 'm', usage: { prompt_tokens: 1, total_tokens: 1 } }));
};
const refuse =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ error: { message: 'no' } }));
  };

/** Each request gets the next answer; the last one stays. */
async function createLab(answers: Answer[] = [answerAll]) {
  const requests: { body: EmbeddingRequest; headers: IncomingMessage['headers'] }[] = [];
  const pauses: number[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const piece of request) text += piece;
    const body = JSON.parse(text);
    requests.push({ body, headers: request.headers });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    answer?.(body, response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const embedder = createOpenAiEmbedder({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    apiKey: 'key',
    model: 'm',
    logger: createSilentLogger(),
    wait: async (milliseconds) => void pauses.push(milliseconds),
  });
  return {
    embedder,
    requests,
    pauses,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

describe('the OpenAI-compatible embedder', () => {
  it('learns the dimension by asking', async () => {
    await using lab = await createLab();

    await lab.embedder.open();

    expect(lab.embedder.dimension).toBe(3);
    expect(lab.requests[0]?.body).toMatchObject({ model: 'm', encoding_format: 'float' });
    expect(lab.requests[0]?.headers.authorization).toBe('Bearer key');
  });

  it('gives unit vectors in the order of the texts', async () => {
    await using lab = await createLab();

    const [short, long] = await lab.embedder.embed(['a', 'aaaa']);

    expect([...short!]).toEqual([Math.SQRT1_2, 0, Math.SQRT1_2].map((value) => expect.closeTo(value, 5)));
    expect(long![0]).toBeGreaterThan(short![0]!);
  });

  it('sends many texts in several requests, and never an empty one', async () => {
    await using lab = await createLab();

    const vectors = await lab.embedder.embed(['', ...Array.from({ length: 99 }, () => 'text')]);

    expect(vectors).toHaveLength(100);
    expect(lab.requests.map(({ body }) => body.input.length)).toEqual([64, 36]);
    expect(lab.requests.every(({ body }) => body.input.every((text) => text.trim() !== ''))).toBe(true);
  });

  it('cuts what is long, unless all of it has to be there', async () => {
    await using lab = await createLab();
    const long = 'word '.repeat(4000);

    await lab.embedder.embed([long]);
    await lab.embedder.embed([long], { isWhole: true });

    expect(lab.requests.map(({ body }) => body.input[0]?.length)).toEqual([8000, long.length]);
  });

  it('says so when the server does not take all of it', async () => {
    await using lab = await createLab([refuse(400)]);

    await expect(lab.embedder.embed(['text'], { isWhole: true })).rejects.toMatchObject({
      code: 'invalid_request',
      field: 'input',
    });
    await expect(lab.embedder.embed(['text'])).rejects.toMatchObject({ code: 'embedding_unavailable' });
  });

  it('tries again after 429 and 5xx, as late as the server wishes', async () => {
    await using lab = await createLab([refuse(429, { 'retry-after': '7' }), refuse(503), answerAll]);

    expect(await lab.embedder.embed(['text'])).toHaveLength(1);
    expect(lab.pauses[0]).toBe(7000);
    expect(lab.pauses[1]).toBeGreaterThanOrEqual(500);
  });

  it('gives up in the end', async () => {
    await using lab = await createLab([refuse(500)]);

    await expect(lab.embedder.embed(['text'])).rejects.toMatchObject({ code: 'embedding_unavailable' });
    expect(lab.requests).toHaveLength(5);
  });

  it('tries a question once only, because somebody waits', async () => {
    await using lab = await createLab([refuse(500)]);

    await expect(lab.embedder.embed(['text'], { purpose: 'question' })).rejects.toMatchObject({
      code: 'embedding_unavailable',
    });
    expect(lab.requests).toHaveLength(1);
  });

  it.each([
    [401, 'EMBEDDING_API_KEY'],
    [404, 'EMBEDDING_MODEL'],
  ])('names the setting to look at after status %i', async (status, setting) => {
    await using lab = await createLab([refuse(status)]);

    await expect(lab.embedder.open()).rejects.toMatchObject({ message: expect.stringContaining(setting) });
  });

  it('can be opened once the server is there', async () => {
    await using lab = await createLab([refuse(503), answerAll]);
    await expect(lab.embedder.open()).rejects.toMatchObject({ code: 'embedding_unavailable' });

    await lab.embedder.open();

    expect(lab.embedder.dimension).toBe(3);
  });

  it('refuses vectors of another length than before', async () => {
    const shorter: Answer = (_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ object: 'list', model: 'm', data: [{ index: 0, object: 'embedding', embedding: [1, 0] }] }),
      );
    };
    await using lab = await createLab([answerAll, shorter]);
    await lab.embedder.open();

    await expect(lab.embedder.embed(['text'])).rejects.toMatchObject({ code: 'embedding_unavailable' });
  });

  it('stops waiting when it is told to', async () => {
    const silent: Answer = () => {};
    await using lab = await createLab([silent]);
    const stop = new AbortController();

    const embedding = lab.embedder.embed(['text'], { signal: stop.signal });
    stop.abort(new Error('gone'));

    await expect(embedding).rejects.toThrow('gone');
  });
});
