import { describe, expect, it } from 'vitest';
import { type FakeModelServer, startFakeModelServer } from '../../support/fake-model-server.ts';
import { createTestRouting } from '../../support/test-routing.ts';
import { never, readAnswer } from '../../support/test-turns.ts';

/** As in the table that comes with Parley: all of them at the operator's server. */
const rows = ['tiny', 'small', 'middle', 'large'].map(
  (id, at) => `${id},${id},OPENAI_BASE_URL,${at + 1},${at + 1},128000,4096,yes,${(at + 1) * 20}`,
);
const QUESTIONS = ['Hi', 'What is the capital of Chile?', 'Prove that there are infinitely many primes.', 'And why?'];

async function createTest(listed: FakeModelServer['models'], env: Record<string, string> = {}) {
  const server = await startFakeModelServer();
  server.models = listed;
  const t = await createTestRouting({ rows, env: { OPENAI_BASE_URL: server.url, ...env }, isOwnTable: false });
  const user = await t.app.users.createVisitor();
  const session = await t.app.sessions.create({ userId: user.id, platform: 'web', space: null });
  return {
    ...t,
    server,
    userId: user.id,
    offered: async () => (await t.models.offered.list()).map(({ id }) => id),
    /** Asks, and gives the stored answer. */
    async ask(text: string, model?: string) {
      const place = { space: null, isPrivate: true, ...(model && { model }) };
      const incoming = { platform: 'web' as const, eventId: null, userId: user.id, sessionId: session.id, text, place };
      const { turnId } = await t.app.turns.accept(incoming);
      await readAnswer(t.app.turns.follow(turnId, { signal: never })).catch(() => undefined);
      return t.db('messages').where({ turn_id: turnId, role: 'assistant' }).first();
    },
    async [Symbol.asyncDispose]() {
      await t[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const names = (...listed: string[]) => ({ names: listed, isPublic: true });

describe('with a server that lists some of the table', () => {
  it('offers and asks only those', async () => {
    await using t = await createTest(names('middle', 'text-embedding-3-small', 'something-else'));

    const answers = [];
    for (const question of QUESTIONS) answers.push(await t.ask(question));

    expect(await t.offered()).toEqual(['middle']);
    expect(answers.map(({ status, model }) => [status, model])).toEqual(QUESTIONS.map(() => ['complete', 'middle']));
    await expect(t.models.userModel.set(t.userId, 'small')).rejects.toMatchObject({
      message: 'There is no model of that name. Choose one of these: auto, middle.',
    });
    expect(await t.models.check()).toBeNull();
  });

  it.each([
    ['its maker before the name', ['openai/middle', 'text/other'], 'openai/middle'],
    ['a date behind it', ['middle-2026-01-31', 'middle-2026-08-31', 'middle-preview'], 'middle-2026-08-31'],
    ['its maker’s name among resellers’', ['azure/middle', 'openai/middle', 'eu/middle'], 'openai/middle'],
    ['Ollama’s tag', ['middle:latest'], 'middle'],
  ])('knows a model with %s', async (_, listed, asked) => {
    await using t = await createTest(names(...listed));

    expect(await t.ask('Hi')).toMatchObject({ model: 'middle', status: 'complete' });
    expect(t.server.requests[0]?.model).toBe(asked);
  });

  it('takes none for one of the table by another name where somebody pays', async () => {
    await using t = await createTest(names('openai/middle', 'small'), { BILLING: 'wallet' });

    expect(await t.offered()).toEqual(['small']);
  });

  it('answers with the operator’s choice where the chosen model is not there any more, and notes why', async () => {
    await using t = await createTest(names('middle', 'large'));

    const answer = await t.ask('Hi', 'small');

    expect(answer).toMatchObject({ model: 'middle', status: 'complete' });
    expect(answer.model_reason).toMatch(/^The model small is not at its server any more\. /);
  });

  it('asks others where the model that the operator has named is not there', async () => {
    await using t = await createTest(names('middle'), { CHAT_MODEL: 'small' });
    t.server.next({ status: 404 });

    const answer = await t.ask('Hi');

    expect(answer).toMatchObject({ model: 'middle', status: 'complete' });
    expect(answer.model_reason).toContain('small was not there, so middle was asked.');
    t.server.next({ status: 404 });
    expect(await t.models.check()).toBe('The model small is not at its server; middle answers instead.');
    t.server.next({ status: 404 });
    expect(await t.models.tryOut()).toMatchObject({ state: 'warning' });
  });

  it('asks for a name that is not listed where the server knows it all the same', async () => {
    await using t = await createTest(names('middle'), { CHAT_MODEL: 'my-deployment' });

    expect(await t.ask('Hi')).toMatchObject({ model: 'my-deployment', status: 'complete' });
    expect(await t.models.check()).toBeNull();
  });
});

describe('with a server that has none of the table', () => {
  it('offers what it lists, and answers by the first that writes', async () => {
    await using t = await createTest(names('nomic-embed-text', 'llama3.2:latest', 'qwen3'));

    expect(await t.offered()).toEqual(['llama3.2:latest', 'qwen3']);
    expect(await t.ask('Hi')).toMatchObject({ model: 'llama3.2:latest', status: 'complete' });
    expect(await t.ask('Hi', 'qwen3')).toMatchObject({ model: 'qwen3', status: 'complete' });
    await t.models.userModel.set(t.userId, 'qwen3');
  });

  it('is red where nothing that it lists may be used', async () => {
    await using t = await createTest(names('nomic-embed-text'));

    await expect(t.models.check()).rejects.toMatchObject({ message: expect.stringContaining('MODELS_FILE') });
    await expect(t.models.tryOut()).rejects.toMatchObject({ code: 'model_not_found' });
  });
});

describe('with a server that does not list its models', () => {
  it('takes those of the table to be there, and says so', async () => {
    await using t = await createTest(null);

    expect(await t.offered()).toEqual(['tiny', 'small', 'middle', 'large']);
    expect(JSON.stringify(t.logger.lines)).toContain('does not list its models');
  });

  it('offers the model that the operator has named', async () => {
    await using t = await createTest(null, { CHAT_MODEL: 'mine' });

    expect(await t.offered()).toEqual(['mine']);
    expect(await t.ask('Hi')).toMatchObject({ model: 'mine', status: 'complete' });
  });

  it('answers where only the list is closed to the key', async () => {
    await using t = await createTest({ names: ['middle'], isPublic: false });
    t.server.acceptOnly('another');
    await expect(t.models.check()).rejects.toMatchObject({ code: 'model_key_invalid' });
  });
});

describe('a key or a model that is refused with every question', () => {
  it.each([
    [400, [{ error: { code: 400, message: 'API key not valid. Please pass a valid API key.' } }], 'OPENAI_API_KEY'],
    [400, { error: { message: 'Model Not Exist' } }, 'CHAT_MODEL'],
    [422, { detail: 'Das geht so nicht' }, 'refuses even a greeting'],
  ])('is told to the operator, with %i %j, and not to the public', async (status, errorBody, told) => {
    await using t = await createTest(names('middle'));
    t.server.always({ status, errorBody });
    expect(await t.models.check()).toBeNull();

    const answer = await t.ask('Hi');

    expect(answer.status).toBe('failed');
    if (status === 400)
      expect(answer.content).toBe('The assistant cannot answer just now. Whoever runs it can see why.');
    await expect(t.models.check()).rejects.toMatchObject({ message: expect.stringContaining(told) });
    await expect(t.models.tryOut()).rejects.toMatchObject({ message: expect.stringContaining(told) });
    t.server.always(null);
    await t.ask('Hi again');
    expect(await t.models.check()).toBeNull();
  });
});
