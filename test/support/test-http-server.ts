import { createAccounts } from '../../core/accounts/accounts.ts';
import { createApiKeys } from '../../core/api-keys/api-keys.ts';
import { createKeyCaps } from '../../core/api-keys/key-caps.ts';
import { createEmbeddings } from '../../core/embeddings/embeddings.ts';
import { createLinks } from '../../core/links/links.ts';
import { createLogins } from '../../core/logins/logins.ts';
import { createExplainAnswer } from '../../core/messages/explain-answer.ts';
import { createFeedback } from '../../core/messages/feedback.ts';
import { createMessages } from '../../core/messages/messages.ts';
import { createModelNames } from '../../core/models/model-names.ts';
import type { CatalogueModel } from '../../core/ports/catalogue-model.ts';
import type { Checkout } from '../../core/ports/checkout.ts';
import type { ProfileReader } from '../../core/ports/profile-reader.ts';
import type { SignInProvider } from '../../core/ports/sign-in-provider.ts';
import { createRecharges } from '../../core/recharges/recharges.ts';
import type { ChunkIndex } from '../../core/retrieval/chunk-index.ts';
import { flushRemovedChunks } from '../../core/retrieval/flush-removed-chunks.ts';
import { createSessions } from '../../core/sessions/sessions.ts';
import { createSharedAnswers } from '../../core/shared-answers/shared-answers.ts';
import { createStatelessQuestions } from '../../core/turns/stateless-questions.ts';
import { createAccessTokens } from '../../core/users/access-tokens.ts';
import { createClaimVisitor } from '../../core/users/claim-visitor.ts';
import { createEraseUser } from '../../core/users/erase-user.ts';
import { createExportUser } from '../../core/users/export-user.ts';
import { createKnownUsers } from '../../core/users/known-users.ts';
import { createSiteUsers } from '../../core/users/site-users.ts';
import { createUserModel } from '../../core/users/user-model.ts';
import { createUsers } from '../../core/users/users.ts';
import { createAnswerPayments } from '../../core/wallet/answer-payments.ts';
import { createUsageRepository } from '../../core/wallet/usage-repository.ts';
import { createWallets } from '../../core/wallet/wallets.ts';
import { createHttpServer, type HttpServerOptions } from '../../server/http-server.ts';
import { createMetrics } from '../../server/metrics.ts';
import { createRateLimits } from '../../server/rate-limits.ts';
import { createReadiness, type ReadinessOptions } from '../../server/readiness.ts';
import { createHashingEmbedder } from './hashing-embedder.ts';
import { createRecordingChunkIndex } from './recording-chunk-index.ts';
import { serverConfig } from './server-config.ts';
import { plainPrice } from './test-billing.ts';
import { createTestLinkedAccounts } from './test-linked-accounts.ts';
import { createTestOwnKeys, type TestOwnKeysOptions } from './test-own-keys.ts';
import { createTestTurns, systemClock } from './test-turns.ts';

export const jwtSecret = 'a secret for tests that is long enough';
export const widgetIdentitySecret = 'what the shop and the assistant know';
export const website = 'https://shop.example';

export interface TestHttpServerOptions {
  config?: Partial<HttpServerOptions['config']>;
  questionsPerMinute?: number;
  requestsPerMinute?: number;
  keyRequestsPerMinute?: number;
  checks?: Partial<ReadinessOptions['checks']>;
  distDir?: string;
  signInProviders?: SignInProvider[];
  profileReaders?: ProfileReader[];
  chunkIndex?: ChunkIndex;
  ownKeys?: TestOwnKeysOptions;
  /** Where payments are made; nowhere unless given. */
  checkout?: Checkout;
  /** What making an API key costs; people pay for nothing unless given. */
  apiKeyPriceMicros?: number;
  /** None unless given. */
  models?: CatalogueModel[];
}

/** The real HTTP server over the real core on a real database; only the answers are written by the test. */
export async function createTestHttpServer(options: TestHttpServerOptions = {}) {
  const clock = systemClock;
  let isUserKnown: (userId: string) => Promise<boolean> = async () => false;
  const t = await createTestTurns({
    beforeStart: (parts) => {
      isUserKnown = createKnownUsers({ ...parts, clock });
    },
  });
  const { db, turns, scripted, logger } = t;
  const sessions = createSessions({ db, clock });
  const logins = createLogins({ db, clock, subscribe: () => {} });
  const users = createUsers({ db });
  const wallets = createWallets({ db, clock, openingMicros: 0, freeDailyMicros: 0 });
  const links = createLinks({ db, clock, logger, subscribe: () => {}, publicUrl: 'https://parley.example' });
  const accountUrl = 'https://parley.example/account';
  const isPaid = options.apiKeyPriceMicros !== undefined;
  const { apiKeyPriceMicros: priceMicros = 0 } = options;
  const payments = createAnswerPayments({
    db,
    clock,
    wallets,
    isOn: isPaid,
    keyCaps: createKeyCaps({ db, clock }),
    priceOf: async () => plainPrice,
    waysOn: { accountUrl, canRecharge: false },
  });
  const { checkout = null } = options;
  const recharges = createRecharges({ db, clock, logger, wallets, checkout, amountsCents: [500, 1000], accountUrl });
  const works = async () => {};
  const { chunkIndex = createRecordingChunkIndex() } = options;
  const { encryption, identities, profileSources } = createTestLinkedAccounts({
    ...options,
    db,
    clock,
    logger,
    chunkIndex,
  });
  const offeredModels = { list: async () => options.models ?? [] };
  const server = createHttpServer({
    app: {
      users,
      siteUsers: createSiteUsers({ db, clock, users, secret: widgetIdentitySecret }),
      claimVisitor: createClaimVisitor({ db, clock }),
      exportUser: createExportUser({ db }),
      eraseUser: createEraseUser({
        db,
        stopTurn: turns.stopTurn,
        endLogins: (userId) => logins.endAll({ userId }),
        flushRemovedChunks: () => flushRemovedChunks(db, chunkIndex),
        logger,
      }),
      accounts: createAccounts({ db, clock }),
      logins,
      links,
      identities,
      profileSources,
      apiKeys: createApiKeys({ db, clock, logger, subscribe: () => {}, wallets, isPaid, priceMicros }),
      offeredModels,
      userModel: createUserModel({
        db,
        findModelName: createModelNames({
          offered: offeredModels,
          usualModel: 'auto',
          isAtServer: async () => false,
        }),
      }),
      providerKeys: createTestOwnKeys({ db, ...options.ownKeys }).providerKeys,
      sessions,
      messages: createMessages({ db, sessions }),
      feedback: createFeedback({ db }),
      sharedAnswers: createSharedAnswers({ db }),
      explainAnswer: createExplainAnswer({ db, priceAt: async () => plainPrice }),
      wallets,
      payments,
      recharges,
      turns,
      usage: createUsageRepository(db),
      statelessQuestions: createStatelessQuestions({ sessions, turns }),
    },
    encryption,
    completions: null,
    embeddings: createEmbeddings({
      embedder: createHashingEmbedder(),
      payments,
      costsNothing: true,
    }),
    signInProviders: options.signInProviders ?? [],
    config: {
      ...serverConfig,
      WIDGET_ORIGINS: [website],
      ...options.config,
    },
    logger,
    tokens: createAccessTokens({ secret: jwtSecret, clock, isLoginActive: logins.isActive, isUserKnown }),
    rateLimits: createRateLimits({
      db,
      questionsPerMinute: options.questionsPerMinute ?? 1000,
      requestsPerMinute: options.requestsPerMinute ?? 10_000,
      keyRequestsPerMinute: options.keyRequestsPerMinute ?? 10_000,
    }),
    readiness: createReadiness({
      clock,
      checks: { database: () => db.raw('select 1'), vector_store: works, model: works, jobs: works, ...options.checks },
    }),
    metrics: createMetrics({ countUnfinished: turns.countUnfinished }),
    distDir: options.distDir ?? '/nowhere',
  });
  const { port } = await server.start().catch(async (error) => {
    await t[Symbol.asyncDispose]();
    throw error;
  });
  const url = `http://127.0.0.1:${port}`;

  return {
    db,
    links,
    turns,
    wallets,
    scripted,
    logger,
    server,
    url,
    port,

    /** A request with a JSON body; `token` goes into the Authorization header. */
    async request(
      method: string,
      path: string,
      {
        token,
        body,
        headers,
        signal,
      }: { token?: string; body?: unknown; headers?: Record<string, string>; signal?: AbortSignal } = {},
    ): Promise<Response> {
      return fetch(url + path, {
        method,
        signal: signal ?? null,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? null : JSON.stringify(body),
      });
    },

    /** Somebody new, outside a browser unless an origin is given. */
    async createVisitor(headers: Record<string, string> = {}): Promise<{ token: string; userId: string }> {
      const response = await fetch(`${url}/api/visitors`, { method: 'POST', headers });
      const { access_token, user } = await response.json();
      return { token: access_token, userId: user.id };
    },

    /** Somebody new with a session of theirs. */
    async createAsker(): Promise<{ token: string; userId: string; sessionId: string }> {
      const visitor = await this.createVisitor();
      const session = await this.request('POST', '/api/sessions', { token: visitor.token });
      return { ...visitor, sessionId: (await session.json()).id };
    },

    async [Symbol.asyncDispose]() {
      await profileSources.stop();
      await t.stop();
      await server.stop({ drainMs: 1000 });
      await t[Symbol.asyncDispose]();
    },
  };
}

export type TestHttpServer = Awaited<ReturnType<typeof createTestHttpServer>>;
