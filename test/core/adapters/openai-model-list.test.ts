import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { createOpenAiClient } from '../../../core/adapters/openai-client.ts';
import { listModels } from '../../../core/adapters/openai-model-list.ts';

/** What a server answers to `GET /models`, by what it is asked with. */
async function listOf(answer: (query: URLSearchParams) => [status: number, body: unknown]) {
  const server = createServer((request, response) => {
    const [status, body] = answer(new URL(request.url ?? '', 'http://here').searchParams);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  try {
    return await listModels(createOpenAiClient({ baseUrl, apiKey: 'k' }), { timeoutMs: 5000 });
  } finally {
    server.close();
  }
}

it.each([
  ['as OpenAI does', { object: 'list', data: [{ id: 'a' }, { id: 'b' }] }],
  ['as a bare list', [{ id: 'a' }, { id: 'b' }]],
  ['by names', { models: [{ name: 'a' }, { model: 'b' }] }],
  ['as texts', { data: ['a', 'b', '', null, 7] }],
])('reads models that are listed %s', async (_, body) => {
  expect(await listOf(() => [200, body])).toEqual(['a', 'b']);
});

it.each([
  [
    'by the last id',
    (query: URLSearchParams) =>
      query.get('after_id')
        ? { data: [{ id: 'b' }], has_more: false }
        : { data: [{ id: 'a' }], has_more: true, last_id: 'a' },
  ],
  [
    'by a token',
    (query: URLSearchParams) => (query.get('pageToken') ? { models: ['b'] } : { models: ['a'], nextPageToken: 't' }),
  ],
  [
    'by an address',
    (query: URLSearchParams) =>
      query.get('page') ? { data: ['b'] } : { data: ['a'], next: 'https://elsewhere.example/v1/models?page=2' },
  ],
  ['in the same words for ever', () => ({ data: ['a', 'b'], has_more: true, last_id: 'b' })],
])('reads all pages, asked for %s', async (_, answer) => {
  expect(await listOf((query) => [200, answer(query)])).toEqual(['a', 'b']);
});

it('knows a server without models from one that does not list them', async () => {
  expect(await listOf(() => [200, { object: 'list', data: null }])).toEqual([]);
  expect(await listOf(() => [404, { error: 'not found' }])).toBeNull();
  expect(await listOf(() => [405, ''])).toBeNull();
});

it('throws where the key is refused, and what is no list', async () => {
  await expect(listOf(() => [401, {}])).rejects.toMatchObject({ code: 'model_key_invalid' });
  await expect(listOf(() => [400, [{ error: { message: 'API key not valid.' } }]])).rejects.toMatchObject({
    code: 'model_key_invalid',
  });
  await expect(listOf(() => [200, { hello: 'world' }])).rejects.toMatchObject({ code: 'unreadable_document' });
  await expect(listOf(() => [200, '<html>'])).rejects.toMatchObject({ code: expect.any(String) });
});
