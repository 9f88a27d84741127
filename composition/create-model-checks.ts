import type { CheckResult } from '../cli/command-line.ts';
import { AppError } from '../core/errors.ts';
import type { Catalogue } from '../core/models/catalogue.ts';
import type { ModelHealth } from '../core/models/model-health.ts';
import type { OfferedModels } from '../core/models/offered-models.ts';
import type { ChatModel } from '../core/ports/chat-model.ts';
import type { ModelServer, ModelServers } from '../core/ports/model-servers.ts';
import { AUTO } from '../core/routing/fixed-model.ts';

interface ModelChecksParts {
  catalogue: Pick<Catalogue, 'find'>;
  servers: ModelServers;
  offered: Pick<OfferedModels, 'list'>;
  usualModel: string;
  model: ChatModel;
  health: ModelHealth;
  /** @throws AppError where the server cannot be reached, or refuses the key */
  list(server: ModelServer): Promise<string[] | null>;
}

/** Whether questions are answered by a language model, as it is told to the operator. */
export function createModelChecks({ catalogue, servers, offered, usualModel, model, health, list }: ModelChecksParts) {
  /** What costs nothing: that the servers are there and take the key, and list what was named. */
  async function look(): Promise<void> {
    if (usualModel !== AUTO) {
      const entry = await catalogue.find(usualModel).catch(() => null);
      return (entry && servers.find(entry) ? servers.open(entry) : model).check();
    }
    await assertOffered();
    const places = (await offered.list()).flatMap((entry) => servers.find(entry) ?? []);
    const apart = new Map(places.map((server) => [server.baseUrl, server]));
    const failures: unknown[] = [];
    for (const server of apart.values()) {
      try {
        await list(server);
        return;
      } catch (error) {
        failures.push(error);
      }
    }
    throw failures[0];
  }

  async function assertOffered(): Promise<void> {
    if (usualModel !== AUTO || (await offered.list()).length > 0) return;
    const message =
      'No model of MODELS_FILE is listed by its server. Set CHAT_MODEL to one that the server at OPENAI_BASE_URL lists, or put its models into MODELS_FILE.';
    throw new AppError('model_not_found', message);
  }

  function describe(servedBy: string): string | null {
    return usualModel === AUTO || servedBy === usualModel
      ? null
      : `The model ${usualModel} is not at its server; ${servedBy} answers instead.`;
  }

  return {
    /** For probes. @returns what is to be said beside that it works; null for nothing */
    async check(): Promise<string | null> {
      if (health.isInDoubt()) return describe(await health.askSometimes());
      try {
        await look();
        return null;
      } catch (error) {
        // Lists can be closed to a key that answers, and leave out names that do: only asking shows it.
        const isUnclear = error instanceof AppError && UNCLEAR.has(error.code) && (await hasAny());
        if (!isUnclear) throw error;
        return describe(await health.askSometimes());
      }
    },

    /** For the operator who asks: the model that would be chosen is asked the shortest of questions. */
    async tryOut(): Promise<CheckResult> {
      await assertOffered();
      const servedBy = await health.ask();
      const other = describe(servedBy);
      if (other === null) return { state: 'ok', detail: `${servedBy} has answered.` };
      return { state: 'warning', detail: other, fix: 'Set CHAT_MODEL to a model that is there.' };
    },
  };

  async function hasAny(): Promise<boolean> {
    return usualModel !== AUTO || (await offered.list()).length > 0;
  }
}

const UNCLEAR: ReadonlySet<string> = new Set(['model_key_invalid', 'model_not_found', 'unreadable_document']);
