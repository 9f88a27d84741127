import type { Config } from '../config.ts';
import { lockDataFolder } from '../core/db/data-folder-lock.ts';
import { findEmbeddedPostgres, startEmbeddedPostgres } from '../core/db/embedded-postgres.ts';

export interface DatabaseServer {
  url: string;
  /** Stops the embedded server and gives up its folder; does nothing to a database of the operator's own. */
  close(): Promise<void>;
}

const NOTHING_TO_CLOSE = async () => {};

/**
 * The operator's database, or the embedded one, started. Imports little, so that the server starts while the rest of
 * the program is still being loaded.
 * @param options.join Use the server of a Parley that runs on the same data folder, if there is one.
 * @throws StartError
 */
export async function openDatabaseServer(config: Config, { join }: { join: boolean }): Promise<DatabaseServer> {
  if (config.DATABASE_URL) return { url: config.DATABASE_URL, close: NOTHING_TO_CLOSE };
  const running = join ? await findEmbeddedPostgres(config.DATA_DIR) : null;
  if (running) return { url: running, close: NOTHING_TO_CLOSE };

  const unlock = await lockDataFolder(config.DATA_DIR);
  try {
    const postgres = await startEmbeddedPostgres({ dataDir: config.DATA_DIR });
    return {
      url: postgres.url,
      async close() {
        await postgres.stop();
        await unlock();
      },
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}
