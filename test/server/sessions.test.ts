import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestHttpServer, type TestHttpServer } from '../support/test-http-server.ts';

describe('sessions and messages', () => {
  let t: TestHttpServer;
  beforeAll(async () => {
    t = await createTestHttpServer();
  });
  afterAll(() => t[Symbol.asyncDispose]());

  async function ask(asker: { token: string; sessionId: string }, text: string, answer = `About ${text}`) {
    const call = t.scripted.call(t.scripted.calls.length);
    const asking = t.request('POST', `/api/sessions/${asker.sessionId}/messages`, { ...asker, body: { text } });
    const writing = await call;
    writing.say(answer);
    writing.finish();
    return (await asking).json();
  }

  it('starts a session that is named after the time', async () => {
    const { token } = await t.createVisitor();

    const response = await t.request('POST', '/api/sessions', { token });

    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({
      id: expect.any(String),
      title: expect.stringMatching(/^New Chat - 20/),
      platform: 'web',
      created_at: expect.any(String),
      updated_at: expect.any(String),
      message_count: 0,
    });
  });

  it('starts a session with a title', async () => {
    const { token } = await t.createVisitor();

    const response = await t.request('POST', '/api/sessions', { token, body: { title: 'Plans' } });

    expect((await response.json()).title).toBe('Plans');
  });

  it('lists sessions page by page, most recently used first, with their message count', async () => {
    const first = await t.createAsker();
    const second = await (await t.request('POST', '/api/sessions', first)).json();
    await ask(first, 'Hello');

    const page = await (await t.request('GET', '/api/sessions?limit=1', first)).json();
    const rest = await (await t.request('GET', `/api/sessions?limit=1&cursor=${page.next_cursor}`, first)).json();

    expect(page.items).toMatchObject([{ id: first.sessionId, message_count: 2 }]);
    expect(rest).toMatchObject({ items: [{ id: second.id, message_count: 0 }], next_cursor: null });
  });

  it('renames a session', async () => {
    const asker = await t.createAsker();

    const response = await t.request('PATCH', `/api/sessions/${asker.sessionId}`, {
      ...asker,
      body: { title: 'Pärli' },
    });

    expect(await response.json()).toMatchObject({ id: asker.sessionId, title: 'Pärli' });
    const read = await (await t.request('GET', `/api/sessions/${asker.sessionId}`, asker)).json();
    expect(read.title).toBe('Pärli');
  });

  it('deletes one session, then all', async () => {
    const asker = await t.createAsker();
    await t.request('POST', '/api/sessions', asker);
    await t.request('POST', '/api/sessions', asker);

    const one = await t.request('DELETE', `/api/sessions/${asker.sessionId}`, asker);
    const left = await (await t.request('GET', '/api/sessions', asker)).json();
    const all = await t.request('DELETE', '/api/sessions', asker);
    const none = await (await t.request('GET', '/api/sessions', asker)).json();

    expect([one.status, all.status]).toEqual([204, 204]);
    expect([left.items.length, none.items.length]).toEqual([2, 0]);
  });

  it('lists the messages of a session, oldest first, page by page', async () => {
    const asker = await t.createAsker();
    await ask(asker, 'one');
    await ask(asker, 'two');
    const path = `/api/sessions/${asker.sessionId}/messages?limit=3`;

    const page = await (await t.request('GET', path, asker)).json();
    const rest = await (await t.request('GET', `${path}&cursor=${page.next_cursor}`, asker)).json();

    const texts = [...page.items, ...rest.items].map(({ content }: { content: string }) => content);
    expect(texts).toEqual(['one', 'About one', 'two', 'About two']);
    expect(rest.next_cursor).toBeNull();
  });

  it('finds my messages by their words, newest first, and nobody else’s', async () => {
    const ada = await t.createAsker();
    const bob = await t.createAsker();
    await ask(ada, 'the Blue heron', 'It flies.');
    await ask(bob, 'a blue heron too');

    const found = await (await t.request('GET', '/api/messages?q=blue%20heron', ada)).json();

    expect(found.items).toMatchObject([{ content: 'the Blue heron', session_id: ada.sessionId }]);
  });

  it('deletes one message, then all of a session', async () => {
    const asker = await t.createAsker();
    const { user_message } = await ask(asker, 'one');
    const path = `/api/sessions/${asker.sessionId}/messages`;

    const one = await t.request('DELETE', `/api/messages/${user_message.id}`, asker);
    const left = await (await t.request('GET', path, asker)).json();
    const all = await t.request('DELETE', path, asker);
    const none = await (await t.request('GET', path, asker)).json();

    expect([one.status, all.status]).toEqual([204, 204]);
    expect([left.items.length, none.items.length]).toEqual([1, 0]);
  });

  it('keeps the last opinion of an answer', async () => {
    const asker = await t.createAsker();
    const { ai_response } = await ask(asker, 'one');
    const path = `/api/messages/${ai_response.id}/feedback`;

    const up = await t.request('POST', path, { ...asker, body: { rating: 'up' } });
    const down = await t.request('POST', path, { ...asker, body: { rating: 'down', reason: 'Wrong page' } });

    expect([up.status, down.status]).toEqual([204, 204]);
    expect(await t.db('feedback').where({ message_id: ai_response.id }).select('rating', 'reason')).toEqual([
      { rating: 'down', reason: 'Wrong page' },
    ]);
  });

  it.each([
    ['POST', '/api/messages/:id/feedback', { rating: 'sideways' }, 'rating must be up or down.'],
    ['GET', '/api/messages', undefined, 'q is missing.'],
    ['GET', '/api/messages?q=%00', undefined, 'q must be valid text without NUL characters.'],
    ['GET', '/api/sessions?limit=0', undefined, 'limit must be a whole number from 1 to 100.'],
    ['GET', '/api/sessions?limit=ten', undefined, 'limit must be a whole number from 1 to 100.'],
    ['GET', '/api/sessions?cursor=x', undefined, 'cursor is not valid. Use the next_cursor of the page before.'],
    ['GET', '/api/sessions/42', undefined, 'session_id must be an id (UUID).'],
    ['DELETE', '/api/messages/42', undefined, 'message_id must be an id (UUID).'],
    ['PATCH', '/api/sessions/:id', { title: '' }, 'title must have 1 to 200 characters.'],
    [
      'PATCH',
      '/api/sessions/:id',
      undefined,
      'The request body must be a JSON object (sent with content-type: application/json).',
    ],
  ])('refuses %s %s with %o and names the field', async (method, path, body, message) => {
    const { token } = await t.createVisitor();

    const response = await t.request(method, path.replace(':id', randomUUID()), { token, body });

    expect(response.status).toBe(400);
    expect((await response.json()).error).toMatchObject({ code: 'invalid_request', message });
  });

  it.each([
    ['GET', '/api/sessions/:session', undefined, 'session_not_found'],
    ['PATCH', '/api/sessions/:session', { title: 'Mine' }, 'session_not_found'],
    ['DELETE', '/api/sessions/:session', undefined, 'session_not_found'],
    ['GET', '/api/sessions/:session/messages', undefined, 'session_not_found'],
    ['POST', '/api/sessions/:session/messages', { text: 'Hi' }, 'session_not_found'],
    ['DELETE', '/api/sessions/:session/messages', undefined, 'session_not_found'],
    ['DELETE', '/api/messages/:message', undefined, 'message_not_found'],
    ['POST', '/api/messages/:message/feedback', { rating: 'up' }, 'message_not_found'],
  ])('hides what belongs to somebody else: %s %s', async (method, path, body, code) => {
    const ada = await t.createAsker();
    const { user_message } = await ask(ada, 'private');
    const { token } = await t.createVisitor();

    const response = await t.request(
      method,
      path.replace(':session', ada.sessionId).replace(':message', user_message.id),
      { token, body },
    );

    expect(response.status).toBe(404);
    expect((await response.json()).error.code).toBe(code);
    const kept = await (await t.request('GET', `/api/sessions/${ada.sessionId}/messages`, ada)).json();
    expect(kept.items.map(({ content }: { content: string }) => content)).toEqual(['private', 'About private']);
  });
});
