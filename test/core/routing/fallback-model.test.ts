import { describe, expect, it } from 'vitest';
import { createOpenAiModel } from '../../../core/adapters/openai-model.ts';
import type { CatalogueModel } from '../../../core/ports/catalogue-model.ts';
import type { ChatModel, ModelRequest } from '../../../core/ports/chat-model.ts';
import type { ModelServers } from '../../../core/ports/model-servers.ts';
import { createFallbackModel } from '../../../core/routing/fallback-model.ts';
import { createCatalogueModel } from '../../support/catalogue-models.ts';
import { startFakeModelServer } from '../../support/fake-model-server.ts';
import { findFreePort } from '../../support/free-port.ts';
import { modelLimits } from '../../support/model-limits.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { never } from '../../support/test-turns.ts';

const request: ModelRequest = {
  system: 'Be brief.',
  messages: [{ role: 'user', content: 'Why?' }],
  passages: [],
  maxOutputTokens: 50,
};

function chainOf(models: CatalogueModel[], limits: { idleTimeoutMs?: number } = {}) {
  const servers: ModelServers = {
    find: ({ server }) => ({ baseUrl: server, apiKey: 'sk-test' }),
    open: ({ server, upstreamName, contextTokens, maxOutputTokens }) =>
      createOpenAiModel({
        ...modelLimits,
        ...limits,
        baseUrl: server,
        apiKey: 'sk-test',
        model: upstreamName,
        contextTokens,
        maxOutputTokens,
        random: () => 0,
        logger: createSilentLogger(),
      }),
  };
  return createFallbackModel({ chain: models, servers, logger: createSilentLogger() });
}

async function read(model: ChatModel, signal: AbortSignal = never) {
  let text = '';
  try {
    for await (const event of model.stream(request, { signal })) if (event.type === 'delta') text += event.text;
  } catch (error) {
    return { text, error };
  }
  return { text };
}

async function startTwoServers(limits: { idleTimeoutMs?: number } = {}) {
  const first = await startFakeModelServer();
  const second = await startFakeModelServer();
  first.answerWith('From the first.');
  second.answerWith('From the second.');
  const models = [
    createCatalogueModel({ id: 'cheap', upstreamName: 'vendor/cheap', server: first.url, contextTokens: 9000 }),
    createCatalogueModel({ id: 'dear', server: second.url, maxOutputTokens: 900 }),
  ];
  const chain = chainOf(models, limits);
  return {
    first,
    second,
    chain,
    async [Symbol.asyncDispose]() {
      await first[Symbol.asyncDispose]();
      await second[Symbol.asyncDispose]();
    },
  };
}

describe('models that stand in for one another', () => {
  it('begins with the first, by the name that its server knows, in limits that suit all', async () => {
    await using t = await startTwoServers();

    expect(await read(t.chain)).toEqual({ text: 'From the first.' });
    expect(t.first.requests).toMatchObject([{ model: 'vendor/cheap' }]);
    expect(t.second.requests).toEqual([]);
    expect(t.chain).toMatchObject({ name: 'cheap', contextTokens: 9000, maxOutputTokens: 900 });
    expect(t.chain.asked()).toMatchObject({ model: { id: 'cheap' }, failures: [] });
  });

  it.each([
    ['is busy', { status: 429, headers: { 'retry-after': '60' } }, 'cheap was too busy'],
    ['fails', { status: 500 }, 'cheap did not work'],
    ['is overloaded', { status: 503 }, 'cheap did not work'],
    ['is silent for too long', { held: new Promise<void>(() => {}) }, 'cheap took too long to begin'],
    [
      'says nothing after its first bytes',
      { ending: { after: 0, how: 'stall' as const } },
      'cheap took too long to begin',
    ],
    ['hangs up before the first word', { ending: { after: 0, how: 'cut' as const } }, 'cheap did not work'],
    ['has been switched off', { status: 404 }, 'cheap was not there'],
    [
      'has nothing left to spend',
      { status: 429, errorBody: { error: { message: 'x', code: 'insufficient_quota' } } },
      'cheap refused its key',
    ],
  ])('asks the next when one %s', async (_what, behaviour, failure) => {
    await using t = await startTwoServers({ idleTimeoutMs: 2000 });
    t.first.next(behaviour);

    expect(await read(t.chain)).toEqual({ text: 'From the second.' });
    expect(t.first.requests).toHaveLength(1);
    expect(t.chain.asked()).toMatchObject({ model: { id: 'dear' }, failures: [failure] });
  });

  it('asks the next when the server of one is not there at all', async () => {
    await using server = await startFakeModelServer();
    const chain = chainOf([
      createCatalogueModel({ id: 'gone', server: `http://127.0.0.1:${await findFreePort()}/v1` }),
      createCatalogueModel({ id: 'here', server: server.url }),
    ]);

    expect((await read(chain)).text).toBe('You said: Why?');
  });

  it.each([
    ['broke off', { ending: { after: 2, how: 'cut' as const } }],
    ['fell silent', { ending: { after: 2, how: 'stall' as const } }],
    ['failed', { ending: { after: 2, how: 'error_chunk' as const } }],
  ])('asks nobody else once a word was shown: the answer %s', async (_what, behaviour) => {
    await using t = await startTwoServers({ idleTimeoutMs: 2000 });
    t.first.next(behaviour);

    const { text, error } = await read(t.chain);

    expect(text).toBe('From the');
    expect(error).toMatchObject({ code: 'model_interrupted' });
    expect(t.second.requests).toEqual([]);
    expect(t.chain.asked()).toMatchObject({ model: { id: 'cheap' }, failures: [] });
  });

  it.each([
    ['declined it', { status: 400, errorBody: { error: { message: 'no' } } }, 'model_refused'],
    [
      'finds it too long',
      { status: 400, errorBody: { error: { message: 'x', code: 'context_length_exceeded' } } },
      'model_context_overflow',
    ],
  ])('asks nobody else when one %s: the others would as well', async (_what, behaviour, code) => {
    await using t = await startTwoServers();
    t.first.next(behaviour);

    expect((await read(t.chain)).error).toMatchObject({ code });
    expect(t.second.requests).toEqual([]);
  });

  it('does not ask another model of a server that refused its key', async () => {
    await using t = await startTwoServers();
    const chain = chainOf([
      createCatalogueModel({ id: 'one', server: t.first.url }),
      createCatalogueModel({ id: 'two', server: t.first.url }),
      createCatalogueModel({ id: 'three', server: t.second.url }),
    ]);
    t.first.always({ status: 401 });

    expect(await read(chain)).toEqual({ text: 'From the second.' });
    expect(t.first.requests).toHaveLength(1);
  });

  it('tries the last one as often as a model alone', async () => {
    await using t = await startTwoServers();
    t.first.always({ status: 500 });
    t.second.next({ status: 500 });

    expect(await read(t.chain)).toEqual({ text: 'From the second.' });
    expect(t.second.requests).toHaveLength(2);
  });

  it('fails as the last one failed when nobody can', async () => {
    await using t = await startTwoServers();
    t.first.always({ status: 500 });
    t.second.always({ status: 400, errorBody: { error: { message: 'no' } } });

    expect((await read(t.chain)).error).toMatchObject({ code: 'model_refused' });
  });

  it('asks nobody once the asker has left', async () => {
    await using t = await startTwoServers();
    const { arrived } = t.first.holdNext();
    const left = new AbortController();

    const reading = read(t.chain, left.signal);
    await arrived;
    left.abort();

    expect((await reading).error).toMatchObject({ name: 'AbortError' });
    expect(t.second.requests).toEqual([]);
  });
});
