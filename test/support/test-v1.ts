import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Knex } from 'knex';
import { createOperatorsCompletions } from '../../composition/create-completions.ts';
import { createModels } from '../../composition/create-models.ts';
import { parseConfig } from '../../config.ts';
import { createEmbeddings } from '../../core/embeddings/embeddings.ts';
import { unobserved } from '../../core/ports/turn-observer.ts';
import type { Retrieval } from '../../core/retrieval/retrieval.ts';
import { createAccessTokens } from '../../core/users/access-tokens.ts';
import { createSiteUsers } from '../../core/users/site-users.ts';
import { createHttpServer } from '../../server/http-server.ts';
import { createMetrics } from '../../server/metrics.ts';
import { createRateLimits } from '../../server/rate-limits.ts';
import { createReadiness } from '../../server/readiness.ts';
import { startFakeModelServer } from './fake-model-server.ts';
import { createHashingEmbedder } from './hashing-embedder.ts';
import { serverConfig } from './server-config.ts';
import { createSilentLogger } from './silent-logger.ts';
import { createTestApp } from './test-app.ts';
import { type TestBilling, toBilling } from './test-billing.ts';
import { createTestDatabase } from './test-database.ts';
import { createTestLinkedAccounts } from './test-linked-accounts.ts';
import { createTestOwnKeys } from './test-own-keys.ts';
import { systemClock } from './test-turns.ts';

const COLUMNS =
  'id,upstream_name,base_url_setting,input_price_per_million,output_price_per_million,context_window,max_output,sees_images,quality';

export interface TestV1Options {
  retrieval?: Retrieval;
  keyRequestsPerMinute?: number;
  requestsPerMinute?: number;
  /** Of models.csv; one model, fake, for a dollar per million tokens unless given. */
  rows?: string[];
  env?: Record<string, string>;
  /** False where the embedding model is somebody else's. */
  embeddingsCostNothing?: boolean;
  /** People pay for what they use. */
  billing?: TestBilling;
  /** Of another one, to stand for a second process. */
  database?: { db: Knex; url: string };
}

/** The real server over the real core, before a stand-in for the model's server; with somebody who has an API key. */
export async function createTestV1(options: TestV1Options = {}) {
  const upstream = await startFakeModelServer();
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-v1-'));
  const { rows = [`fake,fake,OPENAI_BASE_URL,1,1,32000,1000,yes,50`] } = options;
  await writeFile(path.join(folder, 'models.csv'), [COLUMNS, ...rows].join('\n'));
  const config = parseConfig({
    OPENAI_BASE_URL: upstream.url,
    OPENAI_API_KEY: 'operators-key',
    CHAT_MODEL: 'fake',
    CHAT_CONTEXT_TOKENS: '32000',
    CHAT_MAX_OUTPUT_TOKENS: '1000',
    CHAT_IDLE_SECONDS: '2',
    CHAT_TIMEOUT_SECONDS: '5',
    MODELS_FILE: path.join(folder, 'models.csv'),
    ...options.env,
  });
  const own = options.database ? null : await createTestDatabase();
  const database = options.database ?? own!;
  const { db } = database;
  const clock = systemClock;
  const logger = createSilentLogger();
  const models = await createModels(config, { db, clock, logger, programFolder: path.join(folder, 'program') });
  const billing = options.billing && toBilling(db, options.billing);
  const t = await createTestApp({
    database,
    model: models.model,
    retrieval: options.retrieval,
    more: {
      chooseModel: models.chooseModel,
      ...billing,
      ...(billing?.billing && { billing: { ...billing.billing, priceOf: models.catalogue.priceOf } }),
    },
  });
  await t.start();
  const { app } = t;
  const { encryption, ...linkedAccounts } = createTestLinkedAccounts({ db, clock, logger });
  const embedder = createHashingEmbedder();
  const works = async () => {};
  const server = createHttpServer({
    app: {
      ...app,
      siteUsers: createSiteUsers({ db, clock, users: app.users, secret: undefined }),
      ...linkedAccounts,
      providerKeys: createTestOwnKeys({ db }).providerKeys,
      offeredModels: models.offered,
      userModel: models.userModel,
    },
    encryption,
    completions: await createOperatorsCompletions(config, {
      models,
      payments: app.payments,
      observer: unobserved,
      logger,
    }),
    embeddings: createEmbeddings({
      embedder,
      payments: app.payments,
      costsNothing: options.embeddingsCostNothing ?? true,
    }),
    signInProviders: [],
    config: {
      ...serverConfig,
      WIDGET_ORIGINS: [],
    },
    logger: t.logger,
    tokens: createAccessTokens({
      secret: 'a secret for tests that is long enough',
      clock,
      isUserKnown: app.isUserKnown,
    }),
    rateLimits: createRateLimits({
      db,
      questionsPerMinute: 1000,
      requestsPerMinute: options.requestsPerMinute ?? 10_000,
      keyRequestsPerMinute: options.keyRequestsPerMinute ?? 10_000,
    }),
    readiness: createReadiness({ clock, checks: { database: works, vector_store: works, model: works, jobs: works } }),
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
    database,
    logger: t.logger,
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
      await own?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
      await upstream[Symbol.asyncDispose]();
    },
  };
}
