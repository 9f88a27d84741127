import { describe, expect, it } from 'vitest';
import type { App } from '../../../core/app.ts';
import type { AppError } from '../../../core/errors.ts';
import { createOperatorModelChoice } from '../../../core/models/operator-model.ts';
import type { Place } from '../../../core/turns/incoming-message.ts';
import { createCatalogueModel } from '../../support/catalogue-models.ts';
import { startFakeModelServer } from '../../support/fake-model-server.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestApp } from '../../support/test-app.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { accountUrl, createTestOwnKeys, type TestOwnKeysOptions } from '../../support/test-own-keys.ts';
import { never, readAnswer } from '../../support/test-turns.ts';

const KEY = 'sk-adas-own-key-8h3k';
type Process = Awaited<ReturnType<typeof createProcess>>;

/** One process of several at a database. */
async function createProcess(database: { db: TestDb; url: string }, options: TestOwnKeysOptions = {}) {
  const { db } = database;
  const ownKeys = createTestOwnKeys({ db, allowPrivateHosts: ['127.0.0.1'], ...options });
  const operators = createScriptedModel({ reply: () => 'The operator pays.' });
  const chooseModel = ownKeys.chooseModel(createOperatorModelChoice({ model: operators }));
  const t = await createTestApp({ database, model: operators, more: { chooseModel } });
  return { ...t, operators, providerKeys: ownKeys.providerKeys };
}

type TestDb = Awaited<ReturnType<typeof createTestDatabase>>['db'];

async function createTest(options: TestOwnKeysOptions = {}) {
  const database = await createTestDatabase();
  const provider = await startFakeModelServer();
  provider.acceptOnly(KEY, 'sk-bobs-own-key', 'sk-the-next-one');
  provider.models = { names: ['fake', 'better'], isPublic: false };
  provider.answerWith('The provider answers.');
  const process = await createProcess(database, options);
  return {
    ...process,
    database,
    provider,
    putKey: (userId: string, apiKey = KEY, model: string | null = null) =>
      process.providerKeys.put(userId, { apiKey, baseUrl: provider.url, model }),
    async [Symbol.asyncDispose]() {
      await process.stop();
      await provider[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

async function createPerson(app: App, platformUserId: string) {
  const user = await app.users.findOrCreate({ platform: 'discord', platformUserId, displayName: platformUserId });
  const session = await app.sessions.create({ userId: user.id, platform: 'discord', space: null });
  return { userId: user.id, sessionId: session.id };
}

function ask({ app }: Pick<Process, 'app'>, person: { userId: string; sessionId: string }, more: Partial<Place> = {}) {
  const place = { space: null, isPrivate: true, ...more };
  const incoming = { platform: 'discord' as const, eventId: null, text: 'Hello?', place, ...person };
  return readAnswer(app.turns.run(incoming, { signal: never }));
}

/** Why there was no answer. */
async function askInVain(t: Pick<Process, 'app'>, person: { userId: string; sessionId: string }): Promise<AppError> {
  try {
    await ask(t, person);
  } catch (error) {
    return error as AppError;
  }
  throw new Error('it was answered');
}

describe('an own key', () => {
  it('pays for the answers of its owner, and for nobody else', async () => {
    await using t = await createTest();
    const [ada, bob] = [await createPerson(t.app, 'ada'), await createPerson(t.app, 'bob')];
    await t.putKey(ada.userId);

    expect(await ask(t, ada)).toBe('The provider answers.');
    expect(await ask(t, bob)).toBe('The operator pays.');

    expect(t.provider.keys).toEqual([KEY]);
    expect(t.operators.calls).toHaveLength(1);
  });

  it('pays in a thread of several people for those turns that its owner asks', async () => {
    await using t = await createTest();
    const [ada, bob] = [await createPerson(t.app, 'ada'), await createPerson(t.app, 'bob')];
    await t.putKey(ada.userId);
    await t.putKey(bob.userId, 'sk-bobs-own-key');
    const { sessionId } = ada;

    await ask(t, { sessionId, userId: ada.userId }, { isPrivate: false });
    await ask(t, { sessionId, userId: bob.userId }, { isPrivate: false });

    expect(t.provider.keys).toEqual([KEY, 'sk-bobs-own-key']);
  });

  it('answers by its own model, else by what its provider has of the usual one', async () => {
    await using t = await createTest();
    const ada = await createPerson(t.app, 'ada');

    await t.putKey(ada.userId);
    await ask(t, ada, { model: 'the-model-of-this-place' });
    await t.putKey(ada.userId, KEY, 'better');
    await ask(t, ada, { model: 'the-model-of-this-place' });

    expect(t.provider.requests.map(({ model }) => model)).toEqual(['fake', 'better']);
    const answers = await t.db('messages').where({ role: 'assistant' }).orderBy('position').pluck('model');
    expect(answers).toEqual(['fake', 'better']);
  });

  it("at the operator's server answers by the model that a place has chosen there", async () => {
    await using server = await startFakeModelServer();
    await using t = await createTest({ operatorsBaseUrl: server.url });
    const ada = await createPerson(t.app, 'ada');
    await t.providerKeys.put(ada.userId, { apiKey: KEY, baseUrl: null, model: null });

    await ask(t, ada, { model: 'better' });

    expect(server.requests.at(-1)?.model).toBe('better');
  });

  it('is asked for no more than its model can give', async () => {
    const catalogue = [createCatalogueModel({ id: 'fake', maxOutputTokens: 300 })];
    await using t = await createTest({ catalogue });
    const ada = await createPerson(t.app, 'ada');
    await t.putKey(ada.userId);

    await ask(t, ada);

    expect(t.provider.requests[0]?.max_tokens).toBe(300);
  });

  it('counts in every process from the next turn on, new or removed', async () => {
    await using t = await createTest();
    const ada = await createPerson(t.app, 'ada');
    await t.putKey(ada.userId);
    const elsewhere = await createProcess(t.database);
    await ask(t, ada);
    await ask(elsewhere, ada);

    await t.putKey(ada.userId, 'sk-the-next-one');
    await ask(elsewhere, ada);
    await elsewhere.providerKeys.remove(ada.userId);
    const answer = await ask(t, ada);
    await elsewhere.stop();

    expect(t.provider.keys).toEqual([KEY, KEY, 'sk-the-next-one']);
    expect(answer).toBe('The operator pays.');
  });
});

describe('an own key that fails', () => {
  it.each([
    [401, 'provider_key_rejected', /your own model key.*replace or remove it at https:\/\/parley\.example\/account\./],
    [402, 'provider_key_rejected', /no credit left/],
    [404, 'provider_key_rejected', /no such model/],
    [429, 'provider_rate_limited', /wait a little/],
    [500, 'provider_unavailable', /your own model key.*try again later/],
    [503, 'provider_unavailable', /your own model key.*try again later/],
  ] as const)('with %i is said to be theirs, and the operator is not charged instead', async (status, code, words) => {
    await using t = await createTest();
    const ada = await createPerson(t.app, 'ada');
    await t.putKey(ada.userId);
    t.provider.always({ status });

    const error = await askInVain(t, ada);

    expect(error).toMatchObject({ code, message: expect.stringMatching(words) });
    expect(t.operators.calls).toEqual([]);
  });

  it('because it was revoked is told so at the next question', async () => {
    await using t = await createTest();
    const ada = await createPerson(t.app, 'ada');
    await t.putKey(ada.userId);
    await ask(t, ada);
    t.provider.acceptOnly('sk-the-next-one');

    const error = await askInVain(t, ada);

    expect(error).toMatchObject({ code: 'provider_key_rejected', message: expect.stringContaining(accountUrl) });
  });

  it('passes on how long the provider wants to be left alone, or says a time itself', async () => {
    await using t = await createTest();
    const ada = await createPerson(t.app, 'ada');
    await t.putKey(ada.userId);
    t.provider.next({ status: 429, headers: { 'retry-after': '42' } });
    t.provider.next({ status: 429 });

    expect(await askInVain(t, ada)).toMatchObject({ retryAfterSeconds: 42 });
    expect(await askInVain(t, ada)).toMatchObject({ retryAfterSeconds: expect.any(Number) });
  });

  it('because its provider has gone says so', async () => {
    await using t = await createTest();
    const ada = await createPerson(t.app, 'ada');
    await t.putKey(ada.userId);
    await t.db('turns').delete();
    await t.provider[Symbol.asyncDispose]();

    expect(await askInVain(t, ada)).toMatchObject({ code: 'provider_unavailable' });
  });

  it('because its server may not be reached any more says so, and sends it nothing', async () => {
    await using t = await createTest();
    const ada = await createPerson(t.app, 'ada');
    await t.putKey(ada.userId);
    const stricter = await createProcess(t.database, { allowPrivateHosts: [] });

    const error = await askInVain(stricter, ada);
    await stricter.stop();

    expect(error).toMatchObject({
      code: 'provider_unavailable',
      message: expect.stringContaining('may not be reached'),
    });
    expect(t.provider.keys).toEqual([]);
  });

  it('keeps what had been said, as any other answer that breaks off', async () => {
    await using t = await createTest();
    const ada = await createPerson(t.app, 'ada');
    await t.putKey(ada.userId);
    t.provider.next({ ending: { after: 2, how: 'cut' } });

    expect(await askInVain(t, ada)).toMatchObject({ code: 'model_interrupted' });
    expect(await t.db('messages').where({ role: 'assistant' }).first('content', 'status')).toEqual({
      content: 'The provider',
      status: 'interrupted',
    });
  });

  it('because the provider writes without end is cut', async () => {
    await using t = await createTest();
    const ada = await createPerson(t.app, 'ada');
    await t.putKey(ada.userId);
    t.provider.answerWith('more '.repeat(20_000));

    await askInVain(t, ada);

    const { content } = await t.db('messages').where({ role: 'assistant' }).first('content');
    expect(content.length).toBeLessThanOrEqual(64_000);
  });

  it('never is in a log, even where the provider repeats it', async () => {
    await using t = await createTest();
    const ada = await createPerson(t.app, 'ada');
    await t.putKey(ada.userId);
    t.provider.acceptOnly('sk-the-next-one');

    const error = await askInVain(t, ada);

    const causes = t.logger.lines.map(({ fields }) => ('err' in fields ? String((fields.err as Error).message) : ''));
    expect(causes).toEqual(["with somebody's own key: model_key_invalid, status 401"]);
    for (let link: unknown = error; link instanceof Error; link = link.cause) expect(link.stack).not.toContain(KEY);
    expect(JSON.stringify(await t.db('messages').select())).not.toContain(KEY);
  });
});

describe('a stored key that cannot be read', () => {
  it('asks its owner to save it again when the encryption key is lost', async () => {
    await using t = await createTest();
    const ada = await createPerson(t.app, 'ada');
    await t.putKey(ada.userId);
    const restarted = await createProcess(t.database, { encryptionKeys: [Buffer.alloc(32, 8)] });

    const error = await askInVain(restarted, ada);
    await restarted.stop();

    expect(error).toMatchObject({
      code: 'provider_key_rejected',
      message: `Your own model key cannot be read here any more. Please save it again at ${accountUrl}.`,
    });
    expect(restarted.operators.calls).toEqual([]);
  });

  it("cannot be read as another row's", async () => {
    await using t = await createTest();
    const [ada, bob] = [await createPerson(t.app, 'ada'), await createPerson(t.app, 'bob')];
    await t.putKey(ada.userId);
    await t.putKey(bob.userId, 'sk-bobs-own-key');

    const { api_key } = await t.db('provider_keys').where({ user_id: ada.userId }).first('api_key');
    await t.db('provider_keys').where({ user_id: bob.userId }).update({ api_key });

    expect(await askInVain(t, bob)).toMatchObject({ code: 'provider_key_rejected' });
    expect(t.provider.keys).toEqual([]);
  });

  it('cannot be sent to another server than it was saved for', async () => {
    await using elsewhere = await startFakeModelServer();
    await using t = await createTest();
    const ada = await createPerson(t.app, 'ada');
    await t.putKey(ada.userId);

    await t.db('provider_keys').update({ base_url: elsewhere.url });

    expect(await askInVain(t, ada)).toMatchObject({ code: 'provider_key_rejected' });
    expect(elsewhere.keys).toEqual([]);
  });

  it('does not follow the operator to another server', async () => {
    await using before = await startFakeModelServer();
    await using after = await startFakeModelServer();
    await using t = await createTest({ operatorsBaseUrl: before.url });
    const ada = await createPerson(t.app, 'ada');
    await t.providerKeys.put(ada.userId, { apiKey: KEY, baseUrl: null, model: null });
    const moved = await createProcess(t.database, { operatorsBaseUrl: after.url });

    const error = await askInVain(moved, ada);
    await moved.stop();

    expect(error).toMatchObject({ code: 'provider_unavailable', message: expect.stringContaining(accountUrl) });
    expect(after.keys).toEqual([]);
  });
});
