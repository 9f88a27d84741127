import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Knex } from 'knex';
import type { CheckResult } from '../cli/command-line.ts';
import type { Config } from '../config.ts';
import type { AppError } from '../core/errors.ts';
import { type Catalogue, createCatalogue } from '../core/models/catalogue.ts';
import { createListedModels } from '../core/models/listed-models.ts';
import { writesAnswers } from '../core/models/listed-name.ts';
import { createModelHealth, watchModel } from '../core/models/model-health.ts';
import { createModelNames, type FindModelName } from '../core/models/model-names.ts';
import { createOfferedModels, type OfferedModels } from '../core/models/offered-models.ts';
import { createOperatorModelChoice } from '../core/models/operator-model.ts';
import type { ChatModel } from '../core/ports/chat-model.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { ModelLists } from '../core/ports/model-lists.ts';
import type { ModelServer, ModelServers } from '../core/ports/model-servers.ts';
import type { ChooseTurnModel } from '../core/ports/turn-model.ts';
import { createCatalogueChoice } from '../core/routing/catalogue-choice.ts';
import { AUTO } from '../core/routing/fixed-model.ts';
import { createPastOutcomes } from '../core/routing/past-outcomes.ts';
import { createRouter, type Router } from '../core/routing/router.ts';
import { createUserModel, type UserModel } from '../core/users/user-model.ts';
import { createModelChecks } from './create-model-checks.ts';
import { createModelServers } from './create-model-servers.ts';
import { findUsualModel } from './find-usual-model.ts';
import { hasChatModel, operatorsBaseUrl, toModelOptions, toUnpricedModel } from './model-settings.ts';

interface ModelsParts {
  db: Knex;
  clock: Clock;
  logger: Logger;
  programFolder: string;
}

export interface Models {
  catalogue: Catalogue;
  servers: ModelServers;
  offered: OfferedModels;
  router: Router;
  userModel: UserModel;
  findModelName: FindModelName;
  /** Where no place and no person has fixed one: `auto`, an id of the catalogue, or a name at the operator's server. */
  usualModel: string;
  /** Answers by names that the catalogue does not know; quotes where there is no language model. */
  model: ChatModel;
  /** Chooses among the operator's models. */
  chooseModel: ChooseTurnModel;
  /**
   * Spends as little as possible.
   * @returns a sentence where more is to be said than that it answers
   * @throws AppError when what usually answers cannot
   */
  check(): Promise<string | null>;
  /** Asks it the shortest of questions. @throws AppError in words for the operator */
  tryOut(): Promise<CheckResult>;
  /** Whether the last questions were refused in a way that may be the operator's to mend. */
  isInDoubt(): boolean;
  /** Told what became of a call that was not asked through `chooseModel`; null where it was answered. */
  note(error: AppError | null): void;
}

const LIST_MS = 5000;

/** Everything that can write an answer at the operator's cost. */
export async function createModels(config: Config, parts: ModelsParts): Promise<Models> {
  const { db, clock, logger } = parts;
  const file = findModelsFile(config.MODELS_FILE, parts.programFolder);
  const catalogue = createCatalogue({
    file,
    db,
    clock,
    logger,
  });
  const isOwnTable = file !== path.resolve(parts.programFolder, 'models.csv');
  const adapter = hasChatModel(config) ? await loadAdapter(config) : null;
  const servers = createModelServers(config, { createModel: adapter?.createModel ?? null, logger });
  const lists = createLists(config, { list: adapter?.list ?? (async () => null), clock, logger });
  const offered = createOfferedModels({
    catalogue,
    servers,
    lists,
    clock,
    isOwnTable,
    ...toOfferRules(config, isOwnTable),
  });
  const router = createRouter({ offered, outcomes: createPastOutcomes({ db, clock, logger }) });
  const usualModel = adapter ? await findUsualModel(config, { catalogue, isOwnTable, lists }) : config.CHAT_MODEL;
  const findModelName = createModelNames({
    offered,
    usualModel,
    isAtServer: async (name) =>
      config.BILLING === 'off' &&
      writesAnswers(name) &&
      (await offered.isListed(toUnpricedModel(config, name))) === true,
  });
  const userModel = createUserModel({ db, findModelName });
  const common = { catalogue, servers, offered, router, userModel, findModelName, usualModel };
  if (!adapter) {
    const { createQuotingModel } = await import('../core/adapters/quoting-model.ts');
    const model = createQuotingModel();
    const quoted = 'No language model is set up: answers are quoted from the documents.';
    return {
      ...common,
      model,
      chooseModel: createOperatorModelChoice({ model }),
      note: () => {},
      isInDoubt: () => false,
      check: async () => quoted,
      tryOut: async () => ({ state: 'off', detail: quoted }),
    };
  }
  const baseUrl = operatorsBaseUrl(config);
  const model = adapter.createModel({
    ...toModelOptions(config, { baseUrl, logger }),
    baseUrl,
    apiKey: config.OPENAI_API_KEY,
    model: usualModel,
  });
  const choose = createCatalogueChoice({
    ...common,
    model,
    toUnpriced: (name) => toUnpricedModel(config, name),
    logger,
  });
  const health = createModelHealth({ choose: (signal) => choosePlainly(choose, signal), clock });
  return {
    ...common,
    model,
    async chooseModel(request) {
      const chosen = await choose(request);
      return { ...chosen, model: watchModel(chosen.model, health.note) };
    },
    note: health.note,
    isInDoubt: health.isInDoubt,
    ...createModelChecks({ ...common, model, health, list: adapter.list }),
  };
}

/** When it is chosen: the vendor's package takes longer to load than everything else. */
async function loadAdapter(config: Config) {
  const [{ createOpenAiModel }, { createOpenAiClient }, { listModels }] = await Promise.all([
    import('../core/adapters/openai-model.ts'),
    import('../core/adapters/openai-client.ts'),
    import('../core/adapters/openai-model-list.ts'),
  ]);
  const timeoutMs = Math.min(LIST_MS, config.CHAT_TIMEOUT_SECONDS * 1000);
  return {
    createModel: createOpenAiModel,
    list: (server: ModelServer) => listModels(createOpenAiClient(server), { timeoutMs }),
  };
}

/** OpenAI itself has what is in the table: a start waits for nothing there. */
function createLists(config: Config, parts: Parameters<typeof createListedModels>[0]): ModelLists {
  const listed = createListedModels(parts);
  const isOpenAi = ({ baseUrl }: ModelServer) =>
    config.OPENAI_BASE_URL === undefined && baseUrl === operatorsBaseUrl(config);
  return { find: async (server) => (isOpenAi(server) ? [] : listed.find(server)) };
}

/** Money needs a price, and only the table has prices. */
function toOfferRules(config: Config, isOwnTable: boolean) {
  const baseUrl = config.OPENAI_BASE_URL;
  const isPaid = config.BILLING !== 'off';
  const isElsewhere = baseUrl !== undefined && new URL(baseUrl).hostname !== 'api.openai.com';
  const server = { baseUrl: operatorsBaseUrl(config), apiKey: config.OPENAI_API_KEY };
  return {
    isPaid,
    unpriced:
      isElsewhere && !isPaid && !isOwnTable
        ? { server, toModel: (name: string) => toUnpricedModel(config, name) }
        : null,
    namedModel: isElsewhere && config.CHAT_MODEL !== AUTO ? config.CHAT_MODEL : null,
  };
}

/** Whoever would answer somebody who has chosen nothing. */
async function choosePlainly(choose: ChooseTurnModel, signal: AbortSignal) {
  const chosen = await choose({
    turn: {
      id: '',
      userId: '',
      asker: { model: null, hasOwnKey: false },
      attempts: 1,
      place: { space: null, isPrivate: true },
    },
    question: 'Hello',
    imageUrls: [],
    history: [],
    found: { outcome: 'not_needed', passages: [], confidence: 0 },
    signal,
  });
  const { model, upstreamModel } = chosen;
  return { model, upstreamModel, servedBy: () => chosen.served?.().modelId ?? upstreamModel ?? model.name };
}

/** In the folder that Parley was started in or, where there is none, the one that comes with Parley. */
function findModelsFile(file: string, programFolder: string): string {
  const here = path.resolve(file);
  return existsSync(here) ? here : path.resolve(programFolder, file);
}
