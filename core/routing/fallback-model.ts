import { AppError, type ErrorCode } from '../errors.ts';
import type { CatalogueModel } from '../ports/catalogue-model.ts';
import type { ChatModel, ModelEvent, ModelRequest, StreamOptions } from '../ports/chat-model.ts';
import type { Logger } from '../ports/logger.ts';
import type { ModelServers } from '../ports/model-servers.ts';

export interface FallbackModel extends ChatModel {
  /** Who is being asked, or was last, and what became of those before. */
  asked(): { model: CatalogueModel; failures: string[] };
}

/** Troubles of one model that another one may not have, in words that follow the model's id. */
const TROUBLES: Partial<Record<ErrorCode, string>> = {
  model_rate_limited: 'was too busy',
  model_unavailable: 'did not work',
  model_timeout: 'took too long to begin',
  model_not_found: 'was not there',
  model_key_invalid: 'refused its key',
};

interface FallbackOptions {
  /** In the order in which they are asked; not empty. */
  chain: readonly CatalogueModel[];
  servers: ModelServers;
  logger: Logger;
}

/**
 * Several models that answer as one: the next is asked when one fails before its first text, never after it. The last
 * one is tried as often as a model alone would be; the others once, because somebody waits.
 */
export function createFallbackModel({ chain, servers, logger }: FallbackOptions): FallbackModel {
  const failures: string[] = [];
  const chats = chain.map((model) => servers.open(model));
  let at = 0;

  async function* stream(request: ModelRequest, options: StreamOptions): AsyncGenerator<ModelEvent> {
    for (;;) {
      const model = chain[at];
      const chat = chats[at];
      if (!model || !chat) throw new Error('a chain of models has to have one');
      const isLast = at === chain.length - 1;
      let hasStarted = false;
      try {
        for await (const event of chat.stream(request, isLast ? options : { ...options, maxRetries: 0 })) {
          hasStarted = true;
          yield event;
        }
        return;
      } catch (error) {
        options.signal.throwIfAborted();
        const next = error instanceof AppError && !hasStarted ? findNext(model, error.code) : -1;
        if (next === -1) throw error;
        const { code } = error as AppError;
        failures.push(`${model.id} ${TROUBLES[code]}`);
        logger.warn({ model: model.id, next: chain[next]?.id, code }, 'another model is asked');
        at = next;
      }
    }
  }

  /** A key that is refused, or has nothing left, is refused for every model of its server. */
  function findNext(failed: CatalogueModel, code: ErrorCode): number {
    if (TROUBLES[code] === undefined) return -1;
    return chain.findIndex(
      (model, index) => index > at && (code !== 'model_key_invalid' || model.server !== failed.server),
    );
  }

  const [first] = chain;
  if (!first) throw new Error('a chain of models has to have one');
  return {
    name: first.id,
    contextTokens: Math.min(...chats.map((chat) => chat.contextTokens)),
    maxOutputTokens: Math.min(...chats.map((chat) => chat.maxOutputTokens)),
    stream,
    async check() {
      await chats[at]?.check();
    },
    asked: () => ({ model: chain[at] ?? first, failures }),
  };
}
