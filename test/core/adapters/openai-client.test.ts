import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, getGlobalDispatcher, fetch as sendByPlatform, setGlobalDispatcher } from 'undici';
import { afterEach, expect, it, vi } from 'vitest';
import { createOpenAiCompletionServers } from '../../../core/adapters/openai-completion-servers.ts';
import { createOpenAiEmbedder } from '../../../core/adapters/openai-embedder.ts';
import { createOpenAiProvider } from '../../../core/adapters/openai-provider.ts';
import { startFakeModelServer } from '../../support/fake-model-server.ts';
import { modelLimits } from '../../support/model-limits.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createModel, read } from '../../support/test-openai-model.ts';
import { never } from '../../support/test-turns.ts';

afterEach(() => void vi.unstubAllEnvs());

/** A server that keeps the headers it was asked with, and has nothing to say. */
async function startListener() {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(JSON.stringify(request.headers));
    response.writeHead(500).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    heard,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

it('tells no other server what the environment has for OpenAI', async () => {
  vi.stubEnv('OPENAI_ORG_ID', 'org-secret');
  vi.stubEnv('OPENAI_PROJECT_ID', 'proj-secret');
  vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'x-internal: header-secret\nauthorization: Bearer stolen-secret');
  await using server = await startListener();
  const { url: baseUrl } = server;
  const logger = createSilentLogger();
  const access = { baseUrl, apiKey: 'sk-mine', isOperatorsServer: true };
  const provider = createOpenAiProvider({
    allowPrivateHosts: [],
    operatorsBaseUrl: baseUrl,
    toModelOptions: () => ({ ...modelLimits, logger }),
  });
  const model = createModel(baseUrl, { apiKey: 'sk-mine', maxRetries: 0 });
  const servers = createOpenAiCompletionServers({
    limitName: () => 'max_tokens',
    idleTimeoutMs: 1000,
    totalTimeoutMs: 1000,
  });

  await read(model);
  await read(createModel(baseUrl, { apiKey: 'sk-mine', maxRetries: 0, idleTimeoutMs: 400_000 }));
  await model.check().catch(() => undefined);
  await provider.listModels(access).catch(() => undefined);
  await createOpenAiEmbedder({ baseUrl, apiKey: 'sk-mine', model: 'm', logger })
    .embed(['Hi'], { purpose: 'question' })
    .catch(() => undefined);
  await servers.send({ baseUrl, apiKey: 'sk-mine' }, {}, { isStream: false, signal: never }).catch(() => undefined);

  expect(server.heard.length).toBeGreaterThanOrEqual(6);
  for (const headers of server.heard) {
    expect(headers).not.toContain('secret');
    expect(headers).toContain('Bearer sk-mine');
  }
});

it('waits longer than the platform would, however long its own limit is', async () => {
  await using server = await startFakeModelServer();
  const usual = getGlobalDispatcher();
  setGlobalDispatcher(new Agent({ headersTimeout: 1 }));
  try {
    const holds = [server.holdNext(), server.holdNext()];
    const patient = read(createModel(server.url, { idleTimeoutMs: 3_600_000, totalTimeoutMs: 3_600_000 }));
    await holds[0]?.arrived;
    const asked = { method: 'POST', body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] }) };
    const impatient = sendByPlatform(`${server.url}/chat/completions`, asked);
    await expect(impatient).rejects.toMatchObject({ cause: { code: 'UND_ERR_HEADERS_TIMEOUT' } });
    for (const { release } of holds) release();

    expect((await patient).text).toBe('You said: How are you?');
  } finally {
    setGlobalDispatcher(usual);
  }
});
