import { describe, expect, it } from 'vitest';
import { createTestHttpServer, type TestHttpServer, website } from '../support/test-http-server.ts';

/** A visitor who asked this and was answered. */
async function createAnswered(t: TestHttpServer, text: string) {
  const asker = await t.createAsker();
  const index = t.scripted.calls.length;
  const path = `/api/sessions/${asker.sessionId}/messages`;
  const asking = t.request('POST', path, { token: asker.token, body: { text } });
  const call = await t.scripted.call(index);
  call.say('At nine.');
  call.finish();
  await (await asking).text();
  return asker;
}

describe('GET /api/users/me/export', () => {
  it('gives a visitor everything of theirs and nothing of others, as a file', async () => {
    await using t = await createTestHttpServer();
    const ada = await createAnswered(t, 'When do you open?');
    await createAnswered(t, 'Where is my secret?');

    const response = await t.request('GET', '/api/users/me/export', { token: ada.token });

    expect(response.headers.get('content-disposition')).toContain('attachment');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const body = await response.json();
    expect(body.user).toEqual([expect.objectContaining({ id: ada.userId })]);
    expect(body.messages.map(({ content }: { content: string }) => content).sort()).toEqual([
      'At nine.',
      'When do you open?',
    ]);
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it('is refused without a token', async () => {
    await using t = await createTestHttpServer();

    expect((await t.request('GET', '/api/users/me/export')).status).toBe(401);
  });
});

describe('DELETE /api/users/me', () => {
  it('says when it is done, and leaves nothing to export', async () => {
    await using t = await createTestHttpServer();
    const { token, userId } = await createAnswered(t, 'When do you open?');

    const response = await t.request('DELETE', '/api/users/me', { token });

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ user_id: userId, erased_at: expect.stringMatching(/Z$/) });
    await expect.poll(async () => (await t.request('GET', '/api/users/me/export', { token })).status).toBe(401);
  });

  it('leaves others as they are', async () => {
    await using t = await createTestHttpServer();
    const ada = await createAnswered(t, 'When do you open?');
    const bob = await createAnswered(t, 'When do you close?');

    await t.request('DELETE', '/api/users/me', { token: ada.token });

    const { items } = await (await t.request('GET', '/api/messages?q=close', { token: bob.token })).json();
    expect(items).toHaveLength(1);
  });

  it('makes the old token one that opens nothing', async () => {
    await using t = await createTestHttpServer();
    const { token, sessionId } = await t.createAsker();
    await t.request('DELETE', '/api/users/me', { token });
    await expect.poll(async () => (await t.request('GET', '/api/sessions', { token })).status).toBe(401);

    const started = await t.request('POST', '/api/sessions', { token });
    const others = await Promise.all([
      t.request('POST', `/api/sessions/${sessionId}/messages`, { token, body: { text: 'Still there?' } }),
      t.request('GET', '/api/wallet', { token }),
      t.request('DELETE', '/api/users/me', { token }),
    ]);

    expect([started, ...others].map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect((await started.json()).error.message).toContain('no longer exists');
  });

  it('is refused without a token, and with a token of another website', async () => {
    await using t = await createTestHttpServer();
    const { token } = await t.createVisitor();

    expect((await t.request('DELETE', '/api/users/me')).status).toBe(401);
    const elsewhere = { token, headers: { origin: website } };
    expect((await t.request('DELETE', '/api/users/me', elsewhere)).status).toBe(401);
    expect((await t.request('GET', '/api/sessions', { token })).status).toBe(200);
  });
});
