import { createOpenAiModel } from '../../core/adapters/openai-model.ts';
import { createEmbeddings } from '../../core/embeddings/embeddings.ts';
import type { Retrieval } from '../../core/retrieval/retrieval.ts';
import { createAccessTokens } from '../../core/users/access-tokens.ts';
import { createSiteUsers } from '../../core/users/site-users.ts';
import { createHttpServer } from '../../server/http-server.ts';
import { createMetrics } from '../../server/metrics.ts';
import { createRateLimits } from '../../server/rate-limits.ts';
import { createReadiness } from '../../server/readiness.ts';
import { startFakeModelServer } from './fake-model-server.ts';
import { createHashingEmbedder } from './hashing-embedder.ts';
import { createSilentLogger } from './silent-logger.ts';
import { createTestApp, type TestAppOptions } from './test-app.ts';
import { createTestLinkedAccounts } from './test-linked-accounts.ts';
import { createTestOwnKeys } from './test-own-keys.ts';
import { systemClock } from './test-turns.ts';

export interface TestV1Options {
  retrieval?: Retrieval;
  keyRequestsPerMinute?: number;
  requestsPerMinute?: number;
  more?: TestAppOptions<never>['more'];
}

/** The real server over the real core, before a stand-in for the model's server; with somebody who has an API key. */
export async function createTestV1(options: TestV1Options = {}) {
  const upstream = await startFakeModelServer();
  const model = createOpenAiModel({
    baseUrl: upstream.url,
    apiKey: 'operators-key',
    model: 'fake',
    contextTokens: 32_000,
    maxOutputTokens: 1000,
    maxTokensParameter: 'max_tokens',
    idleTimeoutMs: 2000,
    totalTimeoutMs: 5000,
    maxRetries: 0,
    logger: createSilentLogger(),
  });
  const t = await createTestApp({ model, retrieval: options.retrieval, more: options.more });
  await t.start();
  const { db, app, logger } = t;
  const clock = systemClock;
  const { encryption, ...linkedAccounts } = createTestLinkedAccounts({ db, clock, logger });
  const embedder = createHashingEmbedder();
  const works = async () => {};
  const server = createHttpServer({
    app: {
      ...app,
      siteUsers: createSiteUsers({ db, clock, users: app.users, secret: undefined }),
      ...linkedAccounts,
      providerKeys: createTestOwnKeys({ db }).providerKeys,
    },
    encryption,
    embeddings: createEmbeddings({ embedder }),
    signInProviders: [],
    config: {
      ASSISTANT_NAME: 'Parley',
      HOST: '127.0.0.1',
      PORT: 0,
      PUBLIC_URL: 'https://parley.example',
      TRUST_PROXY: 0,
      WIDGET_ORIGINS: [],
    },
    logger,
    tokens: createAccessTokens({ secret: 'a secret for tests that is long enough', clock }),
    rateLimits: createRateLimits({
      db,
      questionsPerMinute: 1000,
      requestsPerMinute: options.requestsPerMinute ?? 10_000,
      keyRequestsPerMinute: options.keyRequestsPerMinute ?? 10_000,
    }),
    readiness: createReadiness({ clock, checks: { database: works, vector_store: works, model: works } }),
    metrics: createMetrics({ countUnfinished: app.turns.countUnfinished }),
    distDir: '/nowhere',
  });
  const { port } = await server.start();
  const url = `http://127.0.0.1:${port}`;
  const { id: userId } = await app.users.createVisitor();
  const { key, apiKey } = await app.apiKeys.create({ userId, name: 'program' });

  return {
    app,
    db,
    logger,
    upstream,
    embedder,
    url,
    /** As clients of OpenAI want it. */
    baseUrl: `${url}/v1`,
    userId,
    key,
    apiKey,

    post(
      path: string,
      body: unknown,
      { token = key, ...init }: RequestInit & { token?: string } = {},
    ): Promise<Response> {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...init.headers };
      return fetch(url + path, { method: 'POST', body: JSON.stringify(body), ...init, headers });
    },

    async [Symbol.asyncDispose]() {
      await t.stop();
      await server.stop({ drainMs: 1000 });
      await t[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}
