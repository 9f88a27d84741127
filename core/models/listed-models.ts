import type { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { ModelLists } from '../ports/model-lists.ts';
import type { ModelServer } from '../ports/model-servers.ts';

interface ListedModelsOptions {
  /** Null for a server that does not list. @throws AppError `model_*` */
  list(server: ModelServer): Promise<string[] | null>;
  clock: Clock;
  logger: Logger;
}

interface Known {
  names: readonly string[] | null;
  askedAt: number;
  asking: Promise<void> | null;
}

/** Models come and go by hand: an operator who has just added one waits no longer than this. */
const BELIEVED_MS = 3 * 60_000;
/** After a failure. */
const RETRY_MS = 30_000;
/** A server on the same network answers in milliseconds; whoever asks first waits no longer for one that does not. */
const PATIENCE_MS = 1500;

/**
 * What each server lists, read again every few minutes while questions are answered by what was known before. A list
 * that cannot be read leaves the one before it.
 */
export function createListedModels({ list, clock, logger: parent }: ListedModelsOptions): ModelLists {
  const logger = parent.child({ part: 'models' });
  const byServer = new Map<string, Known>();

  async function read(server: ModelServer, known: Known): Promise<void> {
    known.askedAt = clock.now().getTime();
    try {
      const names = await list(server);
      const isNews = known.names === null || String(names) !== String(known.names);
      if (names !== null && isNews) {
        logger.info(
          { server: hostOf(server), count: names.length },
          'the server of the language model lists its models',
        );
      } else if (names === null && known.names === null) {
        logger.warn({ server: hostOf(server) }, NOT_LISTED);
      }
      // The same list stays the same object, by which others tell that nothing has changed.
      if (isNews) known.names = names;
    } catch (error) {
      known.askedAt -= BELIEVED_MS - RETRY_MS;
      const { code } = error as AppError;
      logger.warn({ server: hostOf(server), code, err: error }, 'the list of models at its server cannot be read');
    }
  }

  return {
    async find(server) {
      const key = `${server.baseUrl} ${server.apiKey ?? ''}`;
      let known = byServer.get(key);
      if (!known) {
        known = { names: null, askedAt: Number.NEGATIVE_INFINITY, asking: null };
        byServer.set(key, known);
      }
      const isFirst = known.askedAt === Number.NEGATIVE_INFINITY || (known.names === null && known.asking !== null);
      if (known.asking === null && clock.now().getTime() - known.askedAt >= BELIEVED_MS) {
        const current = known;
        known.asking = read(server, known).finally(() => {
          current.asking = null;
        });
      }
      if (isFirst && known.asking) await Promise.race([known.asking, patience()]);
      return known.names;
    },
  };
}

const NOT_LISTED =
  'the server of the language model does not list its models, so those of MODELS_FILE are taken to be there; CHAT_MODEL names one that is';

function patience(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref());
}

function hostOf({ baseUrl }: ModelServer): string {
  return new URL(baseUrl).host;
}
