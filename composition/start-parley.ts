import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { type App, createApp } from '../core/app.ts';
import { createEmbeddings } from '../core/embeddings/embeddings.ts';
import { createEncryption } from '../core/encryption/encryption.ts';
import { createGiveBackTokens } from '../core/identities/give-back-tokens.ts';
import { createIdentities, type Identities } from '../core/identities/identities.ts';
import { createProviderTokens } from '../core/identities/provider-tokens.ts';
import { createJobs } from '../core/jobs/jobs.ts';
import type { Embedder } from '../core/ports/embedder.ts';
import type { Logger } from '../core/ports/logger.ts';
import { createProfileSources, type ProfileSources } from '../core/profile-sources/profile-sources.ts';
import { flushRemovedChunks } from '../core/retrieval/flush-removed-chunks.ts';
import { createTurnSignals } from '../core/turns/turn-signals.ts';
import { createAccessTokens } from '../core/users/access-tokens.ts';
import { createSiteUsers } from '../core/users/site-users.ts';
import { reconcileLedger } from '../core/wallet/reconcile.ts';
import { createHttpServer } from '../server/http-server.ts';
import { createMetrics } from '../server/metrics.ts';
import { createRateLimits } from '../server/rate-limits.ts';
import { createReadiness } from '../server/readiness.ts';
import { checkJobs } from './check-jobs.ts';
import { createBilling } from './create-billing.ts';
import { createBots } from './create-bots.ts';
import { createOperatorsCompletions } from './create-completions.ts';
import { createOwnKeys } from './create-own-keys.ts';
import { createProfileReaders } from './create-profile-readers.ts';
import { createSignInProviders } from './create-sign-in-providers.ts';
import { readRuntimeVersions } from './inspect-runtime.ts';
import type { KnownSecrets } from './known-secrets.ts';
import { describeLeftBehind } from './left-behind.ts';
import type { DatabaseServer } from './open-database-server.ts';
import { openParts, type Parts, PROGRAM_FOLDER } from './open-parts.ts';
import { findUnsafe, isSafe } from './runtime-safety.ts';
import { loadSecrets } from './secrets.ts';
import { reportStart } from './startup-report.ts';
import { syncAtStart } from './sync-at-start.ts';
import { everyMinutes } from './sync-schedule.ts';

export interface RunningParley {
  /** Takes no more work, lets running answers end, closes everything. */
  stop(): Promise<void>;
}

/** Days that an event's id is remembered: no platform delivers again after so long. */
const INBOX_DAYS = 7;

/** Loading what runs the jobs is put off until the first sync is over, and no longer: money that is held waits for them. */
const JOBS_WAIT_MS = 10_000;

/** For telling those whose answer was not ready in time. */
const LAST_WORDS_MS = 2000;

/** Builds and starts the whole product. What it throws is told to the operator, and nothing is left running. */
export async function startParley(
  config: Config,
  {
    knownSecrets,
    ...needs
  }: { server: DatabaseServer; embedder: Embedder; logger: Logger; knownSecrets: KnownSecrets },
): Promise<RunningParley> {
  const parts = await openParts(config, needs);
  try {
    const chosen = { ...config, CHAT_MODEL: parts.models.usualModel };
    return await startServices(await withRealPort(chosen), { ...parts, logger: needs.logger, knownSecrets });
  } catch (error) {
    await parts.close();
    throw error;
  }
}

async function startServices(
  config: Config,
  parts: Parts & { logger: Logger; knownSecrets: KnownSecrets },
): Promise<RunningParley> {
  const { logger, knownSecrets, db, database, clock, models, retrieval, knowledge, chunkIndex, wallets } = parts;
  const secrets = await loadSecrets(config);
  const runtimes = await readRuntimeVersions(db);
  const metrics = createMetrics({
    countUnfinished: () => app.turns.countUnfinished(),
    bots: () => bots.report(),
    areJobsRunning: () => jobs.state().state === 'running',
    runtimes: () => runtimes.map((runtime) => ({ ...runtime, isSafe: isSafe(runtime) })),
  });
  for (const secret of [secrets.jwtSecret, ...secrets.encryptionKeys.map((key) => key.toString('base64'))]) {
    knownSecrets.keep(secret);
  }
  const encryption = createEncryption({ keys: secrets.encryptionKeys, onSecret: knownSecrets.remember });
  const { catalogue, offered } = models;
  const ownKeys = createOwnKeys(config, { db, clock, encryption, logger, catalogue, offered });
  const signInProviders = await createSignInProviders(config, { clock });
  const people = { db, clock, encryption, logger, signInProviders };
  const app = createApp({
    db,
    clock,
    logger,
    observer: metrics.observer,
    signals: createTurnSignals({ db, notifications: database.notifications, logger }),
    model: models.model,
    chooseModel: ownKeys.chooseModel(models.chooseModel),
    findModelName: models.findModelName,
    retrieval,
    chunkIndex,
    giveBackTokens: createGiveBackTokens(people),
    assistant: { name: config.ASSISTANT_NAME, instructions: config.ASSISTANT_INSTRUCTIONS },
    publicUrl: config.PUBLIC_URL,
    wallets,
    billing: await createBilling(config, models),
    isOnlyProcess: config.DATABASE_URL === undefined,
    conversations: { channelMinutes: config.CONVERSATION_MINUTES },
    limits: { perPerson: config.RATE_LIMIT_VISITOR, perPlace: config.RATE_LIMIT_PLACE },
  });
  const bots = await createBots({
    app,
    config,
    parts,
    encryption,
    jwtSecret: secrets.jwtSecret,
    logger,
  });
  const siteUsers = createSiteUsers({ db, clock, users: app.users, secret: config.WIDGET_IDENTITY_SECRET });
  const identities = createIdentities({ ...people, flushRemovedChunks: () => flushRemovedChunks(db, chunkIndex) });
  const profileSources = createProfileSources({
    ...people,
    knowledge,
    chunkIndex,
    tokens: createProviderTokens(people),
    readers: await createProfileReaders(config),
  });
  const http = createHttpServer({
    app: {
      ...app,
      identities,
      profileSources,
      siteUsers,
      providerKeys: ownKeys.providerKeys,
      offeredModels: models.offered,
      userModel: models.userModel,
    },
    encryption,
    embeddings: createEmbeddings({
      embedder: parts.embedder,
      payments: app.payments,
      costsNothing: config.EMBEDDING_BASE_URL === undefined,
    }),
    completions: await createOperatorsCompletions(config, {
      models,
      payments: app.payments,
      observer: metrics.observer,
      logger,
    }),
    signInProviders,
    routers: bots.routers,
    config,
    logger,
    metrics,
    readiness: createReadiness({
      checks: {
        database: database.health.check,
        vector_store: () => chunkIndex.check(),
        model: () => models.check(),
        jobs: async () => checkJobs(jobs),
      },
      isInDoubt: (part) => part === 'model' && models.isInDoubt(),
      bots: bots.report,
      clock,
    }),
    tokens: createAccessTokens({
      secret: secrets.jwtSecret,
      clock,
      isLoginActive: app.logins.isActive,
      isUserKnown: app.isUserKnown,
    }),
    rateLimits: createRateLimits({
      db,
      questionsPerMinute: config.RATE_LIMIT_VISITOR,
      requestsPerMinute: config.RATE_LIMIT_ADDRESS,
      keyRequestsPerMinute: config.RATE_LIMIT_KEY,
    }),
    distDir: path.join(PROGRAM_FOLDER, 'dist'),
  });
  const stopping = new AbortController();
  const jobs = createJobs({
    db,
    logger,
    jobs: scheduledJobs(config, { app, identities, profileSources, parts, logger }),
    observer: metrics.jobs,
    explain: database.explain,
  });

  const onLateOpening = () => syncAtStart(knowledge, { signal: stopping.signal, logger });
  await Promise.all([chunkIndex.start({ onLateOpening }), app.turns.start()]);
  await knowledge.ensureOwnDocuments({ enabled: config.OWN_DOCUMENTS === 'on' });
  await http.start();
  for (const bot of bots.all) void bot.start();
  const syncing = syncAtStart(knowledge, { signal: stopping.signal, logger });
  const readingFirst = Promise.race([syncing, sleep(JOBS_WAIT_MS, null, { ref: false, signal: stopping.signal })]);
  void readingFirst.catch(() => {}).then(() => stopping.signal.aborted || jobs.start());
  reportStart(config, { route: database.route, logger, isTerminal: process.stdout.isTTY });
  for (const { words, ...runtime } of findUnsafe(runtimes)) logger.warn(runtime, words);
  const leftBehind = await describeLeftBehind(config);
  if (leftBehind) logger.warn({}, leftBehind);

  return {
    async stop() {
      stopping.abort();
      const drainMs = config.SHUTDOWN_SECONDS * 1000;
      const botsStopped = bots.all.map((bot) => bot.stop({ drainMs }));
      await Promise.all([app.turns.stop({ drainMs }), ...botsStopped, http.stop({ drainMs: drainMs + LAST_WORDS_MS })]);
      await Promise.all([profileSources.stop(), jobs.stop()]);
      await parts.close();
    },
  };
}

interface JobServices {
  app: App;
  identities: Identities;
  profileSources: ProfileSources;
  parts: Parts;
  logger: Logger;
}

function scheduledJobs(config: Config, { app, identities, profileSources, parts, logger }: JobServices) {
  const { logins, links, wallets, keyCaps, recharges } = app;
  const { db, knowledge, chunkIndex } = parts;
  const forget = {
    name: 'forget-inbox-events',
    cron: '17 3 * * *',
    run: async () => {
      await db('inbox_events').whereRaw(`received_at < now() - ? * interval '1 day'`, [INBOX_DAYS]).delete();
    },
  };
  const clearLogins = {
    name: 'clear-logins',
    cron: '37 3 * * *',
    run: async () => {
      await Promise.all([logins.clear(), identities.authorizations.clear()]);
    },
  };
  // What an erased person alone could find is taken out of the index at once, unless it cannot be reached just then.
  const flush = { name: 'flush-removed-chunks', cron: '*/5 * * * *', run: () => flushRemovedChunks(db, chunkIndex) };
  const expireHolds = {
    name: 'expire-holds',
    cron: '* * * * *',
    run: async () => {
      await keyCaps.clear();
      const count = await wallets.expireHolds();
      if (count > 0) logger.info({ count }, 'ended what was held for answers that nobody finished');
    },
  };
  const reconcile = {
    name: 'reconcile-ledger',
    cron: '47 3 * * *',
    run: async () => {
      for (const problem of await reconcileLedger(db)) logger.error(problem, 'the ledger does not add up');
    },
  };
  const tidyLinks = { name: 'tidy-links', cron: '* * * * *', run: links.tidy };
  // Looks for those that are due: each has a time of its own.
  const profiles = {
    name: 'refresh-profiles',
    cron: '*/10 * * * *',
    run: (signal: AbortSignal) => profileSources.refreshDue({ signal }),
  };
  const clearReversals = { name: 'clear-foreign-reversals', cron: '57 3 * * *', run: recharges.clear };
  const always = [forget, clearLogins, flush, tidyLinks, expireHolds, reconcile, clearReversals, profiles];
  if (config.SYNC_MINUTES === 0) return always;
  const sync = {
    name: 'sync-sources',
    cron: everyMinutes(config.SYNC_MINUTES),
    run: async (signal: AbortSignal) => void (await knowledge.sync({ signal })),
  };
  return [...always, sync];
}

/** With port 0 the free port is chosen now, because the public address and the widget's origin depend on it. */
async function withRealPort(config: Config): Promise<Config> {
  if (config.PORT !== 0) return config;
  const port = await new Promise<number>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, config.HOST, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
  const withPort = (url: string) => (url === 'http://localhost:0' ? `http://localhost:${port}` : url);
  return {
    ...config,
    PORT: port,
    PUBLIC_URL: withPort(config.PUBLIC_URL),
    WIDGET_ORIGINS: config.WIDGET_ORIGINS.map(withPort),
  };
}
