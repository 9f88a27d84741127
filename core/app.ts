import type { Knex } from 'knex';
import { createAccounts } from './accounts/accounts.ts';
import { createApiKeys } from './api-keys/api-keys.ts';
import { createKeyCaps } from './api-keys/key-caps.ts';
import { createConversations } from './conversations/conversations.ts';
import { AppError } from './errors.ts';
import type { GiveBackTokens } from './identities/give-back-tokens.ts';
import { createLimits } from './limits/limits.ts';
import { createLinks } from './links/links.ts';
import { createLogins } from './logins/logins.ts';
import { createExplainAnswer } from './messages/explain-answer.ts';
import { createFeedback } from './messages/feedback.ts';
import { createMessages } from './messages/messages.ts';
import { createMessagesRepository } from './messages/messages-repository.ts';
import type { FindModelName } from './models/model-names.ts';
import { createOperatorModelChoice } from './models/operator-model.ts';
import { createPlaces } from './places/places.ts';
import type { ChatModel } from './ports/chat-model.ts';
import type { Checkout } from './ports/checkout.ts';
import type { Clock } from './ports/clock.ts';
import type { Logger } from './ports/logger.ts';
import type { VersionedPrice } from './ports/model-price.ts';
import type { ChooseTurnModel } from './ports/turn-model.ts';
import type { TurnObserver } from './ports/turn-observer.ts';
import { createRecharges } from './recharges/recharges.ts';
import type { ChunkIndex } from './retrieval/chunk-index.ts';
import { flushRemovedChunks } from './retrieval/flush-removed-chunks.ts';
import type { Retrieval } from './retrieval/retrieval.ts';
import { createSessions } from './sessions/sessions.ts';
import { createSharedAnswers } from './shared-answers/shared-answers.ts';
import { createAnswer } from './turns/answer-turn.ts';
import { createFinishTurn } from './turns/finish-turn.ts';
import { createForAsker } from './turns/for-asker.ts';
import { createInbox } from './turns/inbox.ts';
import { createOverhearing } from './turns/overhearing.ts';
import { createPayForAnswer } from './turns/pay-for-answer.ts';
import { createStatelessQuestions } from './turns/stateless-questions.ts';
import { createSystemPrompt } from './turns/system-prompt.ts';
import { createTurnHistory } from './turns/turn-history.ts';
import type { TurnSignals } from './turns/turn-signals.ts';
import { createTurns } from './turns/turns.ts';
import { createWriteAnswer } from './turns/write-answer.ts';
import { createAccountSummary } from './users/account-summary.ts';
import { createClaimVisitor } from './users/claim-visitor.ts';
import { createEraseUser } from './users/erase-user.ts';
import { createExportUser } from './users/export-user.ts';
import { createForgetPlatform } from './users/forget-platform.ts';
import { createKnownUsers } from './users/known-users.ts';
import { createUsers } from './users/users.ts';
import { createAnswerPayments } from './wallet/answer-payments.ts';
import { createUsageRepository } from './wallet/usage-repository.ts';
import { createWalletSummary } from './wallet/wallet-summary.ts';
import { createWallets, type Wallets } from './wallet/wallets.ts';

export interface AppOptions {
  db: Knex;
  clock: Clock;
  logger: Logger;
  observer: TurnObserver;
  signals: TurnSignals;
  /** The operator's: it answers whoever has no other. */
  model: ChatModel;
  /** Chooses for each turn who writes the answer; always the operator's model when absent. */
  chooseModel?: ChooseTurnModel;
  /** Knows the models that places may choose; every name is taken unless given. */
  findModelName?: FindModelName;
  retrieval: Retrieval;
  chunkIndex: Pick<ChunkIndex, 'remove'>;
  /** Has providers forget the tokens of whoever is erased; nothing unless given. */
  giveBackTokens?: GiveBackTokens;
  assistant: { name: string; instructions: string };
  /** Where people reach our pages; without a slash at its end. */
  publicUrl: string;
  /** Set when no other process can share the database. */
  isOnlyProcess?: boolean;
  leaseMs?: number;
  /** How long an answer waits for what was said before in its place. */
  overhearTimeoutMs?: number;
  conversations?: { channelMinutes: number };
  limits?: { perPerson: number; perPlace: number };
  /** Empty ones, opened with nothing, unless given. */
  wallets?: Wallets;
  /** Nobody pays, and no price is known, unless given. */
  billing?: BillingOptions;
}

export interface BillingOptions {
  isOn: boolean;
  /** @throws AppError `model_price_unknown` */
  priceOf(modelId: string): Promise<VersionedPrice>;
  /** The price that a model had in an earlier version. @throws AppError `model_price_unknown` */
  priceAt(of: { id: string; version: string }): Promise<VersionedPrice>;
  /** What making an API key costs. */
  apiKeyPriceMicros: number;
  /** Null where people cannot recharge by themselves. */
  checkout: Checkout | null;
  rechargeCents: readonly number[];
}

async function noPrice(): Promise<never> {
  throw new AppError('model_price_unknown', 'No prices are known.');
}

const UNBILLED: BillingOptions = {
  isOn: false,
  priceOf: noPrice,
  priceAt: noPrice,
  apiKeyPriceMicros: 0,
  checkout: null,
  rechargeCents: [],
};

export type App = ReturnType<typeof createApp>;

/** The use cases the outer rooms call. */
export function createApp(options: AppOptions) {
  const { db, clock, logger, observer, signals, model, retrieval, isOnlyProcess, leaseMs } = options;
  const { wallets = createWallets({ db, clock, openingMicros: 0, freeDailyMicros: 0 }) } = options;
  const { conversations = { channelMinutes: 30 }, limits = { perPerson: 20, perPlace: 120 } } = options;
  const { billing: { isOn, priceOf, priceAt, apiKeyPriceMicros, checkout, rechargeCents } = UNBILLED } = options;
  const accountUrl = `${options.publicUrl}/account`;
  const keyCaps = createKeyCaps({ db, clock });
  const payments = createAnswerPayments({
    db,
    clock,
    wallets,
    isOn,
    priceOf,
    waysOn: { accountUrl, canRecharge: checkout !== null },
    keyCaps,
  });
  const sessions = createSessions({ db, clock });
  const forAsker = createForAsker({ db });
  const overhearing = createOverhearing({ logger, timeoutMs: options.overhearTimeoutMs });
  const answer = createAnswer({
    chooseModel: options.chooseModel ?? createOperatorModelChoice({ model }),
    findBudget: ({ id: turnId, userId }) =>
      forAsker({ turnId, userId }, (asked) => payments.budgetMicros(asked.userId)),
    pay: createPayForAnswer({ payments: { ...payments, begin: (call) => forAsker(call, payments.begin) } }),
    write: createWriteAnswer({ observer, clock }),
    retrieval,
    systemPrompt: createSystemPrompt({
      assistantName: options.assistant.name,
      instructions: options.assistant.instructions,
    }),
    findHistory: createTurnHistory({ db }),
    findCutAnswer: async ({ continuesMessageId: id }) =>
      id === null ? null : createMessagesRepository(db).findWithFound(id),
    overhear: overhearing.overhear,
    observer,
    clock,
    logger,
  });
  const logins = createLogins({ db, clock, subscribe: signals.subscribe });
  const finish = createFinishTurn({ db, payments, accountUrl });
  const turns = createTurns({ db, clock, logger, observer, signals, answer, finish, isOnlyProcess, leaseMs });
  const eraseUser = createEraseUser({
    db,
    stopTurn: turns.stopTurn,
    endLogins: (userId) => logins.endAll({ userId }),
    flushRemovedChunks: () => flushRemovedChunks(db, options.chunkIndex),
    giveBackTokens: options.giveBackTokens,
    logger,
  });
  return {
    users: createUsers({ db }),
    isUserKnown: createKnownUsers({ db, clock, subscribe: signals.subscribe }),
    claimVisitor: createClaimVisitor({ db, clock }),
    summariseAccount: createAccountSummary({ db, clock, accountUrl }),
    exportUser: createExportUser({ db }),
    forgetPlatform: createForgetPlatform({ db, stopTurn: turns.stopTurn, eraseUser }),
    eraseUser,
    accounts: createAccounts({ db, clock }),
    logins,
    links: createLinks({ db, clock, logger, subscribe: signals.subscribe, publicUrl: options.publicUrl }),
    apiKeys: createApiKeys({
      db,
      clock,
      logger,
      subscribe: signals.subscribe,
      wallets,
      isPaid: isOn,
      priceMicros: apiKeyPriceMicros,
    }),
    sessions,
    messages: createMessages({ db, sessions }),
    feedback: createFeedback({ db }),
    explainAnswer: createExplainAnswer({ db, priceAt }),
    summariseWallet: createWalletSummary({ wallets, payments, canRecharge: checkout !== null, accountUrl }),
    sharedAnswers: createSharedAnswers({ db }),
    conversations: createConversations({ db, clock, sessions, ...conversations }),
    wallets,
    keyCaps,
    usage: createUsageRepository(db),
    payments,
    recharges: createRecharges({ db, clock, logger, wallets, checkout, amountsCents: rechargeCents, accountUrl }),
    places: createPlaces({
      db,
      clock,
      subscribe: signals.subscribe,
      findModelName: options.findModelName ?? (async (typed) => typed),
    }),
    limits: createLimits({ db, clock, ...limits }),
    inbox: createInbox({ db }),
    turns,
    overhearing,
    statelessQuestions: createStatelessQuestions({ sessions, turns }),
  };
}
