import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { startFakeModelServer } from '../support/fake-model-server.ts';
import { findFreePort } from '../support/free-port.ts';
import {
  createTemporaryFolder,
  createVisitorSession,
  postJson,
  spawnParley,
  startParleyProcess,
} from '../support/parley-process.ts';
import { createTestDatabase } from '../support/test-database.ts';

const SECRETS = {
  JWT_SECRET: 'a secret of at least thirty-two characters',
  ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
};

function ask(url: string, { token, sessionId }: { token: string; sessionId: string }, text: string) {
  return postJson(`${url}/api/sessions/${sessionId}/messages`, { text }, { authorization: `Bearer ${token}` });
}

describe('npm start without any setting', () => {
  it('answers a question about its own documents, with sources, and has it all after kill -9', async () => {
    await using temporary = await createTemporaryFolder();
    const dataDir = temporary.folder;
    const first = await startParleyProcess({ dataDir });
    const session = await createVisitorSession(first.url);

    const { ai_response: answer } = await ask(first.url, session, 'How do I add a folder of documents?');
    await first.stop('SIGKILL');
    await using second = await startParleyProcess({ dataDir });
    const readiness = await (await fetch(`${second.url}/readyz`)).json();
    const kept = await fetch(`${second.url}/api/sessions/${session.sessionId}/messages`, {
      headers: { authorization: `Bearer ${session.token}` },
    });

    expect(answer).toMatchObject({ status: 'complete', content: expect.stringMatching(/parley add[\s\S]*\[1\]/) });
    const { items } = (await kept.json()) as { items: object[] };
    expect(items[1]).toEqual(answer);
    expect(readiness).toMatchObject({
      status: 'ready',
      parts: { model: { state: 'ok', message: expect.stringContaining('answers are quoted') } },
    });
  });

  it('says what is on, and which variable turns on the rest', async () => {
    await using temporary = await createTemporaryFolder();
    const parley = await startParleyProcess({ dataDir: temporary.folder });
    await parley.stop();

    for (const variable of ['OPENAI_API_KEY', 'DATABASE_URL', 'QDRANT_URL', 'EMBEDDING_BASE_URL']) {
      expect(parley.output()).toContain(variable);
    }
    expect(parley.output()).toContain('http://localhost:');
  });
});

describe('a start that cannot work', () => {
  it('names all wrong settings together and ends with code 78', async () => {
    await using temporary = await createTemporaryFolder();
    await using parley = spawnParley({ dataDir: temporary.folder, env: { PORT: 'http', QDRANT_URL: 'nowhere' } });

    expect(await parley.exited).toBe(78);
    expect(parley.output()).toMatch(/PORT[\s\S]*QDRANT_URL/);
  });

  it('reads .env', async () => {
    await using temporary = await createTemporaryFolder();
    await writeFile(path.join(temporary.folder, '.env'), 'LOG_LEVEL=deafening\n');
    await using parley = spawnParley({ dataDir: temporary.folder });

    expect(await parley.exited).toBe(78);
    expect(parley.output()).toContain('LOG_LEVEL');
  });

  it('says that the port is taken', async () => {
    await using temporary = await createTemporaryFolder();
    const port = await findFreePort();
    const other = createServer().listen(port, '127.0.0.1');
    await using parley = spawnParley({ dataDir: temporary.folder, env: { PORT: String(port) } });

    expect(await parley.exited).toBe(1);
    expect(parley.output()).toContain(`Port ${port} on 127.0.0.1 is taken`);
    other.close();
  });

  it('says that another Parley uses the data folder', async () => {
    await using temporary = await createTemporaryFolder();
    await using first = await startParleyProcess({ dataDir: temporary.folder });
    await using second = spawnParley({ dataDir: temporary.folder, env: { PORT: '0' } });

    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(`in use by another Parley (process ${first.process.pid})`);
  });

  it('says that the data folder cannot be written', async () => {
    await using temporary = await createTemporaryFolder();
    await writeFile(path.join(temporary.folder, 'data'), 'a file where a folder should be');
    await using parley = spawnParley({ dataDir: temporary.folder });

    expect(await parley.exited).toBe(1);
    expect(parley.output()).toContain('Cannot write to the data folder');
  });

  it('waits for a database that does not answer, then says so', async () => {
    await using temporary = await createTemporaryFolder();
    const DATABASE_URL = `postgres://a:hunter2@127.0.0.1:${await findFreePort()}/parley`;
    await using parley = spawnParley({
      dataDir: temporary.folder,
      env: { DATABASE_URL, DATABASE_WAIT_SECONDS: '1', ...SECRETS },
    });

    expect(await parley.exited).toBe(1);
    expect(parley.output()).toMatch(/trying again[\s\S]*did not answer within 1 seconds/);
    expect(parley.output()).not.toContain('hunter2');
  });

  it('says at once that the password of the database is wrong', async () => {
    await using temporary = await createTemporaryFolder();
    const DATABASE_URL = inject('postgresUrl').replace(/:[^:@]+@/, ':wrong@');
    await using parley = spawnParley({ dataDir: temporary.folder, env: { DATABASE_URL, ...SECRETS } });

    expect(await parley.exited).toBe(78);
    expect(parley.output()).toContain('password authentication failed');
    expect(parley.output()).toContain('refused the user or password in DATABASE_URL');
  });
});

it('starts without its Qdrant, says so at /readyz, and answers that it goes without documents', async () => {
  await using temporary = await createTemporaryFolder();
  const QDRANT_URL = `http://127.0.0.1:${await findFreePort()}`;
  await using parley = await startParleyProcess({ dataDir: temporary.folder, env: { QDRANT_URL } });

  const readiness = await (await fetch(`${parley.url}/readyz`)).json();
  const session = await createVisitorSession(parley.url);
  const { ai_response: answer } = await ask(parley.url, session, 'How do I add a folder?');

  expect(readiness).toMatchObject({ status: 'degraded', parts: { vector_store: { state: 'failing' } } });
  expect(answer).toMatchObject({ status: 'complete', sources: [], content: expect.stringMatching(/documents/i) });
});

describe('SIGTERM', () => {
  it('lets a running answer end and exits with 0, also when npm and the terminal both pass the signal on', async () => {
    await using database = await createTestDatabase();
    await using temporary = await createTemporaryFolder();
    await using model = await startFakeModelServer();
    const held = model.holdNext();
    const env = { DATABASE_URL: database.url, OPENAI_BASE_URL: model.url, OWN_DOCUMENTS: 'off', ...SECRETS };
    await using parley = await startParleyProcess({ dataDir: temporary.folder, env });
    const session = await createVisitorSession(parley.url);

    const answering = ask(parley.url, session, 'Hello there, how are you?');
    await held.arrived;
    parley.process.kill('SIGINT');
    const exited = parley.stop();
    await expect
      .poll(() =>
        fetch(`${parley.url}/healthz`).then(
          (response) => response.status,
          () => 0,
        ),
      )
      .not.toBe(200);
    held.release();

    expect((await answering).ai_response).toMatchObject({ status: 'complete' });
    expect(await exited).toBe(0);
  });

  it('ends at once the second time', async () => {
    await using temporary = await createTemporaryFolder();
    await using model = await startFakeModelServer();
    const held = model.holdNext();
    await using parley = await startParleyProcess({ dataDir: temporary.folder, env: { OPENAI_BASE_URL: model.url } });
    const session = await createVisitorSession(parley.url);
    ask(parley.url, session, 'Hello there, how are you?').catch(() => {});
    await held.arrived;

    parley.process.kill('SIGTERM');
    await expect
      .poll(() => {
        parley.process.kill('SIGTERM');
        return parley.output();
      })
      .toContain('stopping at once');

    expect(await parley.exited).toBe(1);
  });
});
