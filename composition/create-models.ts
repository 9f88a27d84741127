import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import { type Catalogue, createCatalogue } from '../core/models/catalogue.ts';
import { createOfferedModels, type OfferedModels } from '../core/models/offered-models.ts';
import { createOperatorModelChoice } from '../core/models/operator-model.ts';
import type { ChatModel } from '../core/ports/chat-model.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { ModelServers } from '../core/ports/model-servers.ts';
import type { ChooseTurnModel } from '../core/ports/turn-model.ts';
import { createCatalogueChoice } from '../core/routing/catalogue-choice.ts';
import { AUTO } from '../core/routing/fixed-model.ts';
import { createPastOutcomes } from '../core/routing/past-outcomes.ts';
import { createRouter, type Router } from '../core/routing/router.ts';
import { createUserModel, type UserModel } from '../core/users/user-model.ts';
import { createModelServers } from './create-model-servers.ts';
import { findUsualModel } from './find-usual-model.ts';
import { hasChatModel, operatorsBaseUrl, toModelOptions } from './model-settings.ts';

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
}

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
  const createModel = await loadAdapter(config);
  const servers = createModelServers(config, { createModel, logger });
  const offered = createOfferedModels({ catalogue, servers, clock });
  const router = createRouter({ offered, outcomes: createPastOutcomes({ db, clock, logger }) });
  const userModel = createUserModel({ db, offered });
  const common = { catalogue, servers, offered, router, userModel };
  if (!createModel) {
    const { createQuotingModel } = await import('../core/adapters/quoting-model.ts');
    const model = createQuotingModel();
    return {
      ...common,
      usualModel: config.CHAT_MODEL,
      model,
      chooseModel: createOperatorModelChoice({ model }),
      check: async () => 'No language model is set up: answers are quoted from the documents.',
    };
  }
  const usualModel = await findUsualModel(config, {
    catalogue,
    isOwnTable: file !== path.resolve(parts.programFolder, 'models.csv'),
    logger,
  });
  const baseUrl = operatorsBaseUrl(config);
  const model = createModel({
    ...toModelOptions(config, { baseUrl, logger }),
    baseUrl,
    apiKey: config.OPENAI_API_KEY,
    model: usualModel,
    ...(usualModel === AUTO && { listedAs: () => listOfServer(catalogue, 'OPENAI_BASE_URL') }),
  });
  return {
    ...common,
    usualModel,
    model,
    chooseModel: createCatalogueChoice({
      ...common,
      usualModel,
      model,
      logger,
    }),
    async check() {
      const entry = usualModel === AUTO ? null : await catalogue.find(usualModel).catch(() => null);
      await (entry && servers.find(entry) ? servers.open(entry) : model).check();
      return null;
    },
  };
}

/** When it is chosen: the vendor's package takes longer to load than everything else. Null where answers are quoted. */
async function loadAdapter(config: Config) {
  return hasChatModel(config) ? (await import('../core/adapters/openai-model.ts')).createOpenAiModel : null;
}

async function listOfServer(catalogue: Catalogue, server: string): Promise<string[]> {
  const { models } = await catalogue.read();
  return models.filter((model) => model.server === server).map(({ upstreamName }) => upstreamName);
}

/** In the folder that Parley was started in or, where there is none, the one that comes with Parley. */
function findModelsFile(file: string, programFolder: string): string {
  const here = path.resolve(file);
  return existsSync(here) ? here : path.resolve(programFolder, file);
}
