import { expect, it } from 'vitest';
import { startFakeModelServer } from '../support/fake-model-server.ts';
import {
  createTemporaryFolder,
  createVisitorSession,
  type ParleyProcess,
  spawnParley,
  startParleyProcess,
} from '../support/parley-process.ts';
import { createTestDatabase } from '../support/test-database.ts';

const QUESTIONS = ['Hello!', 'Which port?', 'Prove that there are infinitely many primes.', 'And why?', 'Thanks!'];

async function start() {
  const database = await createTestDatabase();
  const temporary = await createTemporaryFolder();
  const model = await startFakeModelServer();
  const env = {
    DATABASE_URL: database.url,
    JWT_SECRET: 'a secret for tests that is long enough',
    ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
    OPENAI_BASE_URL: model.url,
    OPENAI_API_KEY: 'sk-of-the-operator',
    OWN_DOCUMENTS: 'off',
    RATE_LIMIT_VISITOR: '1000',
  };
  return {
    model,
    start: () => startParleyProcess({ dataDir: temporary.folder, env }),
    async doctor() {
      await using doctor = spawnParley({ dataDir: temporary.folder, env, args: ['doctor', '--json'] });
      await doctor.exited;
      const { checks } = JSON.parse(doctor.output().slice(doctor.output().indexOf('{\n')));
      return (checks as { name: string }[]).find(({ name }) => name === 'language model');
    },
    async [Symbol.asyncDispose]() {
      await model[Symbol.asyncDispose]();
      await temporary[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

async function askAll({ url }: ParleyProcess) {
  const { token, sessionId } = await createVisitorSession(url);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const answers = [];
  for (const text of QUESTIONS) {
    const body = JSON.stringify({ text });
    const response = await fetch(`${url}/api/sessions/${sessionId}/messages`, { method: 'POST', headers, body });
    answers.push(response.status === 200 ? (await response.json()).ai_response.model : (await response.json()).error);
  }
  const { items } = await (await fetch(`${url}/api/models`, { headers })).json();
  return { answers, offered: items.map(({ id }: { id: string }) => id) };
}

const modelState = async ({ url }: ParleyProcess) => (await (await fetch(`${url}/readyz`)).json()).parts.model;

it('asks and offers only what a gateway has of the table', async () => {
  await using t = await start();
  t.model.models = { names: ['openai/gpt-5.4-mini', 'text-embedding-3-small'], isPublic: true };
  await using parley = await t.start();

  const { answers, offered } = await askAll(parley);

  expect(offered).toEqual(['gpt-5.4-mini']);
  expect(answers).toEqual(QUESTIONS.map(() => 'gpt-5.4-mini'));
  expect(await t.doctor()).toMatchObject({ state: 'ok', detail: expect.stringContaining('gpt-5.4-mini has answered') });
});

it('tells the operator of a key that is refused with status 400, and not the public', async () => {
  await using t = await start();
  t.model.models = { names: ['gpt-5.4-mini'], isPublic: true };
  const error = { code: 400, message: 'API key not valid: sk-of-the-operator' };
  t.model.always({ status: 400, errorBody: [{ error }] });
  await using parley = await t.start();

  const { answers } = await askAll(parley);

  const said = 'The assistant cannot answer just now. Whoever runs it can see why.';
  expect(answers).toEqual(QUESTIONS.map(() => expect.objectContaining({ code: 'model_key_invalid', message: said })));
  expect(await modelState(parley)).toMatchObject({
    state: 'failing',
    message: expect.stringContaining('OPENAI_API_KEY'),
  });
  expect(await t.doctor()).toMatchObject({ state: 'failed', detail: expect.stringContaining('OPENAI_API_KEY') });
  expect(parley.output()).toContain('Check OPENAI_API_KEY');
  expect(parley.output()).not.toContain('sk-of-the-operator');
});
