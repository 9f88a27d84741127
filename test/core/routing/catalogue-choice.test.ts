import { describe, expect, it } from 'vitest';
import type { IncomingMessage } from '../../../core/turns/incoming-message.ts';
import { type FakeModelServer, startFakeModelServer } from '../../support/fake-model-server.ts';
import { createTestRouting } from '../../support/test-routing.ts';
import { never, readAnswer } from '../../support/test-turns.ts';

const rows = [
  'small,vendor/small,OPENAI_BASE_URL,0.1,0.5,128000,4096,no,55',
  'middle,vendor/middle,OPENAI_BASE_URL,1,5,128000,2048,yes,75',
  'large,vendor/large,OTHER_BASE_URL,5,25,128000,4096,yes,95',
  'absent,absent,ABSENT_BASE_URL,0.01,0.01,128000,4096,yes,99',
  'unpriced,unpriced,OPENAI_BASE_URL,,,128000,4096,yes,60',
];
const EASY = 'What is the capital of Australia?';
const HARD = 'Prove by induction that every tournament graph has a Hamiltonian path, then give an algorithm.';

async function createTest(env: Record<string, string> = {}, table = rows) {
  const here = await startFakeModelServer();
  const elsewhere = await startFakeModelServer();
  const t = await createTestRouting({
    rows: table,
    env: { OPENAI_BASE_URL: here.url, OTHER_BASE_URL: elsewhere.url, OTHER_API_KEY: 'sk-other', ...env },
  });
  const user = await t.app.users.createVisitor();
  const session = await t.app.sessions.create({ userId: user.id, platform: 'web', space: null });
  return {
    ...t,
    here,
    elsewhere,
    userId: user.id,
    /** Asks, and gives the stored answer. */
    async ask(text: string, more: Partial<IncomingMessage> = {}) {
      const place = { space: null, isPrivate: true };
      const incoming = { platform: 'web' as const, eventId: null, userId: user.id, sessionId: session.id, text, place };
      const { turnId } = await t.app.turns.accept({ ...incoming, ...more });
      await readAnswer(t.app.turns.follow(turnId, { signal: never })).catch(() => undefined);
      return t.db('messages').where({ turn_id: turnId, role: 'assistant' }).first();
    },
    async [Symbol.asyncDispose]() {
      await t[Symbol.asyncDispose]();
      await here[Symbol.asyncDispose]();
      await elsewhere[Symbol.asyncDispose]();
    },
  };
}

const modelsAsked = (server: FakeModelServer) => server.requests.map(({ model }) => model);

describe('auto', () => {
  it('sends each question to the cheapest model that is good enough, and keeps which and why', async () => {
    await using t = await createTest();

    const easy = await t.ask(EASY);
    const hard = await t.ask(HARD);

    expect(easy).toMatchObject({ model: 'small', status: 'complete', question_kind: 'fact' });
    expect(easy.model_reason).toMatch(
      /^This question needs a quality of about \d+ of 100\. small has 55 and costs least/,
    );
    expect(hard).toMatchObject({ model: 'large', status: 'complete', question_kind: 'mathematics' });
    expect(hard.question_need).toBeGreaterThan(75);
    expect(hard.model_reason).toContain('mathematics');
    expect(modelsAsked(t.here)).toEqual(['vendor/small']);
    expect(modelsAsked(t.elsewhere)).toEqual(['vendor/large']);
  });

  it('looks at images with a model that sees them', async () => {
    await using t = await createTest();

    expect(await t.ask('what is this', { imageUrls: ['https://example.com/cat.png'] })).toMatchObject({
      model: 'middle',
    });
  });

  it('keeps within the longest answer of every model that may come to write it', async () => {
    await using t = await createTest();

    await t.ask(EASY);

    expect(t.here.requests[0]).toMatchObject({ max_tokens: 2048 });
  });

  it('says who stood in for whom, and why', async () => {
    await using t = await createTest();
    t.here.next({ status: 429 });

    const answer = await t.ask(EASY);

    expect(answer).toMatchObject({ model: 'middle', status: 'complete' });
    expect(answer.model_reason).toContain('small was too busy, so middle was asked.');
    expect(modelsAsked(t.here)).toEqual(['vendor/small', 'vendor/middle']);
  });

  it('goes to another server when one is down, and sends no server the key of another', async () => {
    await using t = await createTest();
    t.here.always({ status: 500 });

    expect(await t.ask(EASY)).toMatchObject({ model: 'large', status: 'complete' });
    expect(t.here.keys).toEqual(['sk-operator', 'sk-operator']);
    expect(t.elsewhere.keys).toEqual(['sk-other']);
  });

  it('asks no model whose provider has ended it', async () => {
    await using t = await createTest({}, [...rows, 'ended,ended,OPENAI_BASE_URL,0.01,0.01,128000,4096,yes,99']);
    const { models } = await t.models.catalogue.read();
    const ended = models.find(({ id }) => id === 'ended');
    Object.assign(ended ?? {}, { retiresOn: new Date().toISOString().slice(0, 10) });

    expect(await t.ask(EASY)).toMatchObject({ model: 'small' });
  });

  it('says so where no model can look at an image', async () => {
    await using t = await createTest(
      {},
      rows.map((row) => row.replace(',yes,', ',no,')),
    );

    const answer = await t.ask('what is this', { imageUrls: ['https://example.com/cat.png'] });

    expect(answer).toMatchObject({ status: 'failed', content: expect.stringContaining('look at images') });
  });
});

describe('a fixed model', () => {
  const shared = { space: 'discord:1', isPrivate: false };

  it('is the one of the place where others read along, and the person’s own in private', async () => {
    await using t = await createTest();
    await t.models.userModel.set(t.userId, 'large');

    const inPlace = await t.ask(EASY, { place: { ...shared, model: 'middle' } });
    const inPrivate = await t.ask(EASY, { place: { space: null, isPrivate: true, model: 'middle' } });
    const elsewhere = await t.ask(EASY, { place: shared });

    expect(inPlace).toMatchObject({
      model: 'middle',
      model_reason: 'The admins of this place have chosen this model.',
    });
    expect(inPrivate).toMatchObject({ model: 'large', model_reason: 'Whoever asked has chosen this model.' });
    expect(elsewhere).toMatchObject({ model: 'large', question_kind: null });
  });

  it('has no stand-in: it is tried again instead', async () => {
    await using t = await createTest();
    t.here.next({ status: 500 });

    expect(await t.ask(HARD, { place: { ...shared, model: 'small' } })).toMatchObject({ model: 'small' });
    expect(modelsAsked(t.here)).toEqual(['vendor/small', 'vendor/small']);
  });

  it('is the operator’s where CHAT_MODEL names one, and auto again for whoever wants that', async () => {
    await using t = await createTest({ CHAT_MODEL: 'middle' });

    expect(await t.ask(EASY)).toMatchObject({ model: 'middle', model_reason: null });
    expect(await t.ask(EASY, { place: { ...shared, model: 'auto' } })).toMatchObject({ model: 'small' });
  });

  it('goes to the server as it is where the table does not know it', async () => {
    await using t = await createTest({ CHAT_MODEL: 'llama3.2' });
    t.here.models = { names: ['llama3.2', 'mistral'], isPublic: true };

    expect(await t.ask(EASY)).toMatchObject({ model: 'llama3.2' });
    expect(await t.ask(EASY, { place: { ...shared, model: 'mistral' } })).toMatchObject({ model: 'mistral' });
    expect(modelsAsked(t.here)).toEqual(['llama3.2', 'mistral']);
  });

  it('is named beside those there are where the server does not know it either', async () => {
    await using t = await createTest();
    t.here.models = null;
    t.here.next({ status: 404 });

    expect(await t.ask(EASY, { place: { ...shared, model: 'gpt-9' } })).toMatchObject({
      status: 'failed',
      content: 'There is no model gpt-9. Choose one of these: auto, small, middle, large, unpriced.',
    });
  });

  it('is refused in words where its server is not set up, or it does not see the image', async () => {
    await using t = await createTest();
    const imageUrls = ['https://example.com/cat.png'];

    expect(await t.ask(EASY, { place: { ...shared, model: 'absent' } })).toMatchObject({
      status: 'failed',
      content: 'The model absent is not set up here: the operator has to set ABSENT_BASE_URL.',
    });
    expect(await t.ask(EASY, { place: { ...shared, model: 'small' }, imageUrls })).toMatchObject({
      status: 'failed',
      content: 'The model small cannot look at images. Please ask without one.',
    });
  });

  it('is refused where somebody pays and its price is not known', async () => {
    await using t = await createTest();
    t.here.models = null;
    const request = (model: string) => ({
      turn: {
        id: 'turn',
        userId: t.userId,
        asker: { model: null, hasOwnKey: false },
        attempts: 1,
        place: { ...shared, model },
      },
      question: EASY,
      imageUrls: [],
      history: [],
      found: { outcome: 'not_in_documents' as const, passages: [], confidence: 0 },
      signal: never,
      budgetMicros: 1_000_000,
    });

    await expect(t.models.chooseModel(request('unpriced'))).rejects.toMatchObject({ code: 'model_price_unknown' });
    await expect(t.models.chooseModel(request('llama3.2'))).rejects.toMatchObject({ code: 'model_price_unknown' });
    const chosen = await t.models.chooseModel(request('auto'));
    expect(chosen.prices).toHaveLength(3);
    expect(chosen.prices).not.toContain(null);
    expect(chosen.served?.()).toMatchObject({ modelId: 'small', price: { inputMicrosPerMillion: 100_000 } });
  });
});

describe('the model of a person', () => {
  it('has to be one of the table, and the refusal names them', async () => {
    await using t = await createTest();
    const { userModel } = t.models;

    await expect(userModel.set(t.userId, 'gpt-9')).rejects.toMatchObject({
      code: 'model_unknown',
      message: 'There is no model of that name. Choose one of these: auto, small, middle, large, unpriced.',
    });
    await userModel.set(t.userId, 'auto');
    expect(await userModel.find(t.userId)).toBe('auto');
    await userModel.set(t.userId, null);
    expect(await userModel.find(t.userId)).toBeNull();
  });
});

describe('the check of the operator’s model', () => {
  it('believes a table of the operator’s making, and names at the server, until they do not answer', async () => {
    await using t = await createTest();
    expect(await t.models.check()).toBeNull();
    await using named = await createTest({ CHAT_MODEL: 'fake' });
    expect(await named.models.check()).toBeNull();
    await using missing = await createTest({ CHAT_MODEL: 'small' });
    missing.here.always({ status: 404 });

    await expect(missing.models.check()).rejects.toMatchObject({
      code: 'model_not_found',
      message: expect.stringContaining('CHAT_MODEL'),
    });
  });
});
