import { expect, it } from 'vitest';
import { type AnswerEvent, createChatClient } from '../../widget/src/chat-client.ts';
import { createVisitorAccess } from '../../widget/src/visitor-access.ts';
import type { Visitor } from '../../widget/src/visitor-store.ts';
import { startFakeParleyServer } from '../support/fake-parley-server.ts';

async function setUp({ idleTimeoutMs }: { idleTimeoutMs?: number } = {}) {
  const fake = await startFakeParleyServer();
  const site = { userToken: '' };
  let visitor: Visitor | null = null;
  const visitors = {
    read: () => visitor,
    write(next: Visitor) {
      visitor = next;
    },
  };
  const server = `${fake.url}/`;
  const access = createVisitorAccess({ server, visitors, userToken: () => site.userToken });
  const client = createChatClient({ server, access, idleTimeoutMs });
  const ask = async (sessionId: string, text: string, signal = new AbortController().signal) => {
    const events: AnswerEvent[] = [];
    for await (const event of client.ask(sessionId, text, signal)) events.push(event);
    return events;
  };
  const paths = () => fake.requests.map(({ method, path }) => `${method} ${path.replace(/[0-9a-f-]{36}/g, ':id')}`);
  return { server: fake, site, client, visitors, ask, paths, [Symbol.asyncDispose]: fake.stop };
}

it('becomes a visitor with the first request, and stays that visitor', async () => {
  await using t = await setUp();

  await t.client.createSession();
  await t.client.listSessions();

  expect(t.paths()).toEqual(['POST /api/visitors', 'POST /api/sessions', 'GET /api/sessions?limit=100']);
  expect(t.server.requests[2]?.headers.authorization).toBe(`Bearer ${t.visitors.read()?.token}`);
});

it('streams an answer: sources, words, the stored messages', async () => {
  await using t = await setUp();
  const source = { n: 1, title: 'Handbook', url: null, snippet: 'It is.', score: 0.9 };
  t.server.script({ sources: [source], deltas: ['It', ' is [1].'] });
  const { id } = await t.client.createSession();

  const events = await t.ask(id, 'Is it?');

  expect(events).toMatchObject([
    { type: 'sources', sources: [source] },
    { type: 'delta', text: 'It' },
    { type: 'delta', text: ' is [1].' },
    { type: 'done', question: { content: 'Is it?' }, answer: { content: 'It is [1].', status: 'complete' } },
  ]);
  expect(t.server.requests.at(-1)?.headers).toMatchObject({ accept: 'text/event-stream' });
  expect(t.server.requests.at(-1)?.headers).not.toHaveProperty('idempotency-key');
});

it('renews a token that was refused, once, and asks again', async () => {
  await using t = await setUp();
  const { id } = await t.client.createSession();
  const old = t.visitors.read()?.token;
  t.server.expireTokens();

  const events = await t.ask(id, 'Hello');

  expect(events.at(-1)).toMatchObject({ type: 'done' });
  expect(t.paths().slice(2)).toEqual([
    'POST /api/sessions/:id/messages',
    'POST /api/visitors',
    'POST /api/sessions/:id/messages',
  ]);
  expect(t.server.requests[3]?.headers.authorization).toBe(`Bearer ${old}`);
});

it('renews a token that is about to expire before using it', async () => {
  await using t = await setUp();
  t.server.options.tokenSeconds = 5;
  await t.client.createSession();

  await t.client.listSessions();

  expect(t.paths()).toEqual([
    'POST /api/visitors',
    'POST /api/sessions',
    'POST /api/visitors',
    'GET /api/sessions?limit=100',
  ]);
});

it('becomes a new visitor when the old token cannot be renewed any more', async () => {
  await using t = await setUp();
  await t.client.createSession();
  t.server.expireTokens();
  t.server.options.renews = false;

  expect(await t.client.listSessions()).toEqual([]);
});

it('makes one visitor for requests that start together', async () => {
  await using t = await setUp();

  await Promise.all([t.client.listSessions(), t.client.createSession()]);

  expect(t.paths().filter((path) => path === 'POST /api/visitors')).toHaveLength(1);
});

it('says once what the website signed for its user, and again when it signed anew', async () => {
  await using t = await setUp();
  t.site.userToken = 'head.for-ada.signature';

  await t.client.listSessions();
  await t.client.listSessions();
  t.site.userToken = 'head.for-ada.newer';
  await t.client.listSessions();

  const asked = t.server.requests.filter(({ path }) => path === '/api/visitors');
  expect(asked.map(({ body }) => body)).toEqual([
    { user_token: 'head.for-ada.signature' },
    { user_token: 'head.for-ada.newer' },
  ]);
  expect(t.paths().filter((path) => path.startsWith('GET'))).toHaveLength(3);
});

it('reads a long list of chats to its end', async () => {
  await using t = await setUp();
  t.server.options.pageSize = 2;
  const made: string[] = [];
  for (let n = 0; n < 5; n += 1) made.unshift((await t.client.createSession()).id);

  expect((await t.client.listSessions()).map(({ id }) => id)).toEqual(made);
});

it('reads a long chat to its end', async () => {
  await using t = await setUp();
  t.server.options.pageSize = 2;
  const { id } = await t.client.createSession();
  for (const text of ['a', 'b', 'c', 'd', 'e']) t.server.store(id, 'user', text);

  expect((await t.client.listMessages(id)).map(({ content }) => content)).toEqual(['a', 'b', 'c', 'd', 'e']);
});

it('gives the code, the words and the waiting time of a refusal', async () => {
  await using t = await setUp();
  t.server.script({ refuse: { status: 429, code: 'rate_limited', message: 'Slowly.', retryAfter: 7 } });
  const { id } = await t.client.createSession();

  await expect(t.ask(id, 'Hello')).rejects.toMatchObject({
    code: 'rate_limited',
    message: 'Slowly.',
    status: 429,
    retryAfterSeconds: 7,
  });
});

it('gives the code and the words of an error in the middle of an answer', async () => {
  await using t = await setUp();
  t.server.script({ deltas: ['Half'], error: { code: 'model_timeout', message: 'Too slow.' } });
  const { id } = await t.client.createSession();

  await expect(t.ask(id, 'Hello')).rejects.toMatchObject({ code: 'model_timeout', message: 'Too slow.', status: 0 });
});

it('calls an answer dropped whose connection ends before it does', async () => {
  await using t = await setUp();
  t.server.script({ deltas: ['Half'], cut: true });
  const { id } = await t.client.createSession();

  await expect(t.ask(id, 'Hello')).rejects.toMatchObject({ code: 'dropped' });
});

it('calls an answer dropped when nothing comes for too long', async () => {
  await using t = await setUp({ idleTimeoutMs: 50 });
  t.server.script({ deltas: ['Half', new Promise(() => {})] });
  const { id } = await t.client.createSession();

  await expect(t.ask(id, 'Hello')).rejects.toMatchObject({ code: 'dropped' });
});

it('says unreachable when there is no server', async () => {
  await using t = await setUp();
  await t.server.stop();

  await expect(t.client.listSessions()).rejects.toMatchObject({ code: 'unreachable', status: 0 });
});

it('closes the connection when the asker stops, so that the server stops too', async () => {
  await using t = await setUp();
  t.server.script({ deltas: ['Half', new Promise(() => {})] });
  const { id } = await t.client.createSession();
  const control = new AbortController();

  for await (const event of t.client.ask(id, 'Hello', control.signal)) if (event.type === 'delta') break;

  await expect.poll(() => t.server.closings).toEqual(['Hello']);
});
