import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSharedAnswers } from '../../core/shared-answers/shared-answers.ts';
import { createTestHttpServer, type TestHttpServer } from '../support/test-http-server.ts';

const sources = [
  { n: 1, title: 'Opening <hours>', url: 'https://docs.example/hours', snippet: 'We open at nine.', score: 1 },
  { n: 2, title: 'Notes', url: 'javascript:alert(1)', snippet: '', score: 1 },
];

/** An answer that was given in public, as the database holds it. */
async function shareAnswer(t: TestHttpServer, content: string, question = 'When do you open?') {
  const { userId, sessionId } = await t.createAsker();
  const [turnId, messageId] = [randomUUID(), randomUUID()];
  const place = JSON.stringify({ space: 'twitch:ada', isPrivate: false });
  await t
    .db('turns')
    .insert({ id: turnId, session_id: sessionId, user_id: userId, platform: 'twitch', state: 'complete', place });
  const message = { session_id: sessionId, turn_id: turnId, status: 'complete' };
  await t.db('messages').insert([
    { ...message, id: randomUUID(), position: 2, role: 'user', content: question },
    { ...message, id: messageId, position: 3, role: 'assistant', content, sources: JSON.stringify(sources) },
  ]);
  return { turnId, id: await createSharedAnswers({ db: t.db }).share(messageId) };
}

describe('the page of a shared answer', () => {
  it('shows the question, the whole answer and its sources', async () => {
    await using t = await createTestHttpServer();
    const { id } = await shareAnswer(t, 'At **nine** [1].');

    const response = await t.request('GET', `/a/${id}`);
    const page = await response.text();

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page).toContain('<h1 dir="auto">When do you open?</h1>');
    expect(page).toContain('At <strong>nine</strong> <a class="citation" href="#source-1">[1]</a>.');
    expect(page).toContain('href="https://docs.example/hours"');
    expect(page).toContain('Opening &#60;hours&#62;');
    expect(page).not.toContain('javascript:');
  });

  it('runs nothing, is in no search engine and is kept by nobody', async () => {
    await using t = await createTestHttpServer();
    const { id } = await shareAnswer(t, '<script>alert(1)</script>', '<script>alert(2)</script>');

    const response = await t.request('GET', `/a/${id}`);

    expect(await response.text()).not.toContain('<script');
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(response.headers.get('x-robots-tag')).toBe('noindex, nofollow');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('brings its own styles', async () => {
    await using t = await createTestHttpServer();

    const response = await t.request('GET', '/a/page.css');

    expect(response.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(await response.text()).toContain('body {');
  });

  it('is not there for an id that nobody was given, nor when the answer has been deleted', async () => {
    await using t = await createTestHttpServer();
    const { id, turnId } = await shareAnswer(t, 'At nine.');
    await t.db('messages').where({ turn_id: turnId }).delete();

    const unknown = await t.request('GET', '/a/AAAAAAAAAAAA', { headers: { accept: 'text/html' } });
    const deleted = await t.request('GET', `/a/${id}`);

    expect(unknown.status).toBe(404);
    expect(await unknown.text()).toContain('has been deleted');
    expect(deleted.status).toBe(404);
  });
});
