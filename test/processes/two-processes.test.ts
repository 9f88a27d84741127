import { expect, it } from 'vitest';
import { lastText, startFakeModelServer } from '../support/fake-model-server.ts';
import { createTemporaryFolder, createVisitorSession, startParleyProcess } from '../support/parley-process.ts';
import { createTestDatabase } from '../support/test-database.ts';

interface StoredMessage {
  role: string;
  content: string;
  status: string;
}

/** Sends a message with a key, as something that will not give up on it does. */
function send(url: string, { token, sessionId }: { token: string; sessionId: string }, text: string) {
  return fetch(`${url}/api/sessions/${sessionId}/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      accept: 'text/event-stream',
      'idempotency-key': text,
    },
    body: JSON.stringify({ text }),
  }).then((response) => response.text());
}

async function list(url: string, { token, sessionId }: { token: string; sessionId: string }): Promise<StoredMessage[]> {
  const response = await fetch(`${url}/api/sessions/${sessionId}/messages?limit=100`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return ((await response.json()) as { items: StoredMessage[] }).items;
}

it('answers every message of a session once and in order through two processes, one of them killed in mid-answer', async () => {
  await using database = await createTestDatabase();
  await using folder = await createTemporaryFolder();
  await using model = await startFakeModelServer();
  model.answerWith((request) => `Answer to: ${lastText(request)}`);
  const env = {
    DATABASE_URL: database.url,
    JWT_SECRET: 'a secret of at least thirty-two characters',
    ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
    OPENAI_BASE_URL: model.url,
    OWN_DOCUMENTS: 'off',
  };
  await using doomed = await startParleyProcess({ dataDir: folder.folder, env });
  await using living = await startParleyProcess({ dataDir: folder.folder, env });
  const session = await createVisitorSession(doomed.url);
  const questions = Array.from({ length: 6 }, (_, n) => `Question number ${n}`);

  // The first answer breaks off in the middle, in the process that is about to be killed; the others wait behind it.
  model.next({ ending: { after: 2, how: 'stall' } });
  const sent = [];
  for (const [n, question] of questions.entries()) {
    sent.push(send(n % 2 === 0 ? doomed.url : living.url, session, question).catch(() => 'connection lost'));
    await expect
      .poll(async () => (await list(living.url, session)).filter(({ role }) => role === 'user').length)
      .toBe(n + 1);
  }
  await expect.poll(() => model.requests.length).toBe(1);
  await doomed.stop('SIGKILL');
  const outcomes = await Promise.all(sent);
  await expect.poll(async () => (await list(living.url, session)).length).toBe(2 * questions.length);

  expect(await list(living.url, session)).toEqual(
    questions.flatMap((question) => [
      expect.objectContaining({ role: 'user', content: question }),
      expect.objectContaining({ role: 'assistant', content: `Answer to: ${question}`, status: 'complete' }),
    ]),
  );
  expect(outcomes[1]).toContain('event: done');
  // Asking again with the same key, elsewhere, gives the answer that was missed.
  expect(await send(living.url, session, 'Question number 0')).toContain('Answer to: Question number 0');
  expect(model.requests).toHaveLength(questions.length + 1);
});
