import { describe, expect, it } from 'vitest';
import { findUsualModel } from '../../composition/find-usual-model.ts';
import { parseConfig } from '../../config.ts';
import { createOpenAiClient } from '../../core/adapters/openai-client.ts';
import { listModels } from '../../core/adapters/openai-model-list.ts';
import { createListedModels } from '../../core/models/listed-models.ts';
import { startFakeModelServer } from '../support/fake-model-server.ts';
import { createSilentLogger } from '../support/silent-logger.ts';
import { systemClock } from '../support/test-turns.ts';

/** Of the table, one model of the operator's server and one of another. */
const models = [
  { upstreamName: 'known', server: 'OPENAI_BASE_URL' },
  { upstreamName: 'elsewhere', server: 'OTHER_BASE_URL' },
];

function find(env: Record<string, string>, { isOwnTable = false } = {}) {
  const catalogue = { read: async () => ({ version: '1', models }) as never };
  const lists = createListedModels({
    list: (server) => listModels(createOpenAiClient(server), { timeoutMs: 1500 }),
    clock: systemClock,
    logger: createSilentLogger(),
  });
  return findUsualModel(parseConfig(env), { catalogue, isOwnTable, lists });
}

describe('the model that usually answers', () => {
  it.each([
    ['the only one that the server has', ['llama3.2:latest'], 'llama3.2:latest'],
    ['the first of those that write', ['nomic-embed-text', 'whisper-1', 'qwen3', 'llama3.2'], 'qwen3'],
    ['chosen for each question, where the table knows one of them', ['qwen3', 'known'], 'auto'],
    ['not guessed from what the table has elsewhere', ['elsewhere'], 'elsewhere'],
    ['chosen for each question, where the server lists nothing', [], 'auto'],
  ])('is %s', async (_, names, expected) => {
    await using server = await startFakeModelServer();
    server.models = { names, isPublic: true };

    expect(await find({ OPENAI_BASE_URL: server.url })).toBe(expected);
  });

  it('is the one that the operator names, be it auto', async () => {
    await using server = await startFakeModelServer();

    expect(await find({ OPENAI_BASE_URL: server.url, CHAT_MODEL: 'auto' })).toBe('auto');
    expect(await find({ OPENAI_BASE_URL: server.url, CHAT_MODEL: 'mine' })).toBe('mine');
  });

  it('is found with the key, where the list wants one', async () => {
    await using server = await startFakeModelServer();
    server.acceptOnly('sk-right');
    server.models = { names: ['qwen3'], isPublic: false };

    expect(await find({ OPENAI_BASE_URL: server.url, OPENAI_API_KEY: 'sk-right' })).toBe('qwen3');
    expect(await find({ OPENAI_BASE_URL: server.url, OPENAI_API_KEY: 'sk-wrong' })).toBe('auto');
  });

  it('is chosen from a table of the operator’s making for each question', async () => {
    await using server = await startFakeModelServer();

    expect(await find({ OPENAI_BASE_URL: server.url }, { isOwnTable: true })).toBe('auto');
  });

  it.each([
    ['another table', { MODELS_FILE: './models.csv' }],
    ['prices are needed', { BILLING: 'wallet' }],
  ])('is chosen from the table for each question, with %s', async (_, env) => {
    await using server = await startFakeModelServer();

    expect(await find({ OPENAI_BASE_URL: server.url, ...env })).toBe('auto');
  });

  it('is chosen for each question where the server does not answer', async () => {
    expect(await find({ OPENAI_BASE_URL: 'http://127.0.0.1:9' })).toBe('auto');
  });
});
