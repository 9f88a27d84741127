import type { Config } from '../config.ts';
import type { createOpenAiModel } from '../core/adapters/openai-model.ts';
import type { CatalogueModel } from '../core/ports/catalogue-model.ts';
import type { ChatModel } from '../core/ports/chat-model.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { ModelServer, ModelServers } from '../core/ports/model-servers.ts';
import { operatorsBaseUrl, toModelOptions } from './model-settings.ts';

interface ModelServersParts {
  /** The adapter, once it is loaded; null where answers are quoted, and no server is set up. */
  createModel: typeof createOpenAiModel | null;
  logger: Logger;
}

/** Where the models of the catalogue are, by the settings that their rows name. One client is kept for each model. */
export function createModelServers(config: Config, { createModel, logger }: ModelServersParts): ModelServers {
  const opened = new Map<string, ChatModel>();

  function find(model: CatalogueModel): ModelServer | null {
    const baseUrl = findBaseUrl(model.server);
    if (baseUrl === undefined) return null;
    const { apiKeySetting } = model;
    return { baseUrl, apiKey: apiKeySetting === null ? undefined : config.modelServerSettings[apiKeySetting] };
  }

  function findBaseUrl(server: string): string | undefined {
    if (!createModel) return undefined;
    if (server.startsWith('http')) return server;
    if (server === 'OPENAI_BASE_URL') return operatorsBaseUrl(config);
    return config.modelServerSettings[server];
  }

  return {
    find,

    open(model) {
      const server = find(model);
      if (!server || !createModel) throw new Error(`${model.server} is not set`);
      const maxOutputTokens = Math.min(model.maxOutputTokens, config.CHAT_MAX_OUTPUT_TOKENS);
      const options = { ...server, model: model.upstreamName, contextTokens: model.contextTokens, maxOutputTokens };
      const key = JSON.stringify(options);
      let chat = opened.get(key);
      if (!chat) {
        chat = createModel({ ...toModelOptions(config, { baseUrl: server.baseUrl, logger }), ...options });
        opened.set(key, chat);
      }
      return chat;
    },
  };
}
